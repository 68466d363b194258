"""Puts the files of a folder into a new bucket, each under its path, and prints how many there are."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3

parser = argparse.ArgumentParser()
parser.add_argument("--endpoint", required=True)
parser.add_argument("--bucket", required=True)
parser.add_argument("--folder", required=True, type=Path)
asked = parser.parse_args()

s3 = boto3.client(
    "s3",
    endpoint_url=asked.endpoint,
    region_name="us-east-1",
    aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
    aws_secret_access_key="secret",
)
s3.create_bucket(Bucket=asked.bucket)
files = sorted(path for path in asked.folder.rglob("*") if path.is_file())


def put(path: Path) -> None:
    s3.put_object(Bucket=asked.bucket, Key=path.relative_to(asked.folder).as_posix(), Body=path.read_bytes())


with ThreadPoolExecutor(8) as pool:
    list(pool.map(put, files))
print(len(files))
