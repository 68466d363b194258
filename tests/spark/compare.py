"""Runs statements on the embedded engine and on Spark, and compares the sorted rows.

    compare.py FOREWARN DOCS FOLDER

FOREWARN is the program, DOCS the page whose `sql` blocks are run, FOLDER an empty place to work in. Spark is one master and two
workers, processes of this one, all on loopback. Lines that begin with `proof:` tell what came of it.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import made_up

RECORDS = 3000

FILTERS = [
    "actor:ana", "actor:*smith -error", "actor:bob_smith", "actor:per%cent", "-actor:ana", "actor:ZOË", "actor:o'hara",
    "action:s3:*", "action:Delete*,Terminate*", "action:ec2:Terminate?nstances", "service:s3,iam", "service:sign*",
    "ip:198.51.100.0/24", "ip:198.51.100.0/23", "ip:192.0.0.0/4", "ip:203.0.113.9/32", "ip:s3.*", "-ip:192.0.2.10",
    "error", "-error", "error:access*", "resource:*my_data", "resource:arn:aws:s3:::my-data", "-resource:*", "role:*Deploy_*",
    "mfa:yes", "-mfa:yes", "readonly:no", "class:3005,6003", "agent:\"*100%_odd\"", "hour:03", "hour:0?", "weekday:friday",
    "-weekday:f*", "day:2026-01-0[13]", "day:*-02", "since:2026-01-02 until:2026-01-02T12:00:00.5Z", "mfaAuthenticated",
    "-\"User is not\"", "region:*-1 -region:us-* account:1111*",
]

COUNTS = ["action,ip", "actor", "service", "day", "hour", "weekday", "weekday,hour", "mfa", "readonly", "class", "role", "resource"]


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def cluster(folder):
    """A master and two workers; they end with the block."""
    import pyspark

    home = Path(pyspark.__file__).parent
    port = free_port()
    started = []

    def start(name, *words):
        log = open(folder / f"{name}.log", "wb")
        command = [str(home / "bin/spark-class"), *words]
        started.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True))

    try:
        url = f"spark://127.0.0.1:{port}"
        start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port),
              "--webui-port", str(free_port()))
        for number in (1, 2):
            start(f"worker{number}", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port",
                  str(free_port()), "--cores", "1", "--memory", "1g", "--work-dir", str(folder / f"work{number}"), url)
        begun = time.monotonic()
        while (folder / "master.log").read_text(errors="replace").count("Registering worker") < 2:
            if time.monotonic() - begun > 180 or any(one.poll() is not None for one in started):
                raise SystemExit(f"the workers did not register; see {folder}/*.log")
            time.sleep(0.2)
        yield url
    finally:
        for one in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGTERM)
        for one in started:
            one.wait()


def plain(value):
    """A value as both engines have it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc).isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (float, Decimal)):
        return round(float(value), 9)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
        return datetime.fromisoformat(value.replace("Z", "+00:00")).isoformat(timespec="milliseconds")
    return value


def rows_in_order(rows):
    return sorted(json.dumps([plain(value) for value in row]) for row in rows)


def statements(program, docs):
    """What is run: a name, and the statement."""
    blocks = re.findall(r"```sql\n(.*?)```", docs.read_text(), re.S)
    if not blocks:
        raise SystemExit(f"{docs} has no statement")
    for number, block in enumerate(blocks, 1):
        yield f"example {number}", block
    for filter in FILTERS:
        yield filter, run(program, "events", "search", "--print-sql", "--", filter)
    for by in COUNTS:
        yield f"--by {by}", run(program, "events", "search", "--print-sql", "--by", by)
    yield "everything", "SELECT * FROM forewarn_events"


def main():
    program, docs, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]), Path(sys.argv[3]).resolve()
    os.environ.update(TZ="UTC", SPARK_LOCAL_IP="127.0.0.1", SPARK_NO_DAEMONIZE="1")
    time.tzset()
    store = folder / "store"
    made_up.write(folder / "log.jsonl", RECORDS)
    run(program, "events", "import", folder / "log.jsonl", "--store", store, "--quiet")

    from pyspark.sql import SparkSession

    differ, compared, total = [], 0, 0
    with cluster(folder) as url:
        spark = (
            SparkSession.builder.master(url).appName("forewarn")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.executor.memory", "512m")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
        try:
            table = run(program, "events", "ddl", "--engine", "spark", "--location", store)
            table = [part.strip() for part in re.sub(r"(?m)^--.*$", "", table).split(";") if part.strip()]
            for statement in table:
                spark.sql(statement)
            for name, statement in statements(program, docs):
                there = rows_in_order(spark.sql(statement).collect())
                told = run(program, "events", "sql", statement, "-f", "json", "--store", store, "--quiet")
                here = rows_in_order(list(json.loads(line).values()) for line in told.splitlines())
                compared, total = compared + 1, total + len(here)
                if here != there:
                    only = [sorted(set(one) - set(other))[:3] for one, other in ((here, there), (there, here))]
                    differ.append(f"{name}: {len(here)} rows, Spark {len(there)}; only here {only[0]}, only there {only[1]}")
            version, executors = spark.version, spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
        finally:
            spark.stop()
    for said in differ:
        print(said)
    print(
        f"proof: Spark {version}, {executors} executors: {len(table)} statements of ddl, {compared} statements over {RECORDS} "
        f"events, {total} rows, {len(differ)} differ"
    )
    sys.exit(1 if differ else 0)


main()
