//! Functions that a statement may use beside those of the engine.

use std::net::IpAddr;
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, StringArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use ipnet::IpNet;

use crate::record;

/// All of them.
pub(crate) fn all(now: jiff::Timestamp) -> Vec<ScalarUDF> {
    let two_texts = Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Immutable);
    vec![
        ScalarUDF::new_from_impl(Function { what: What::InNetwork, signature: two_texts.clone() }),
        ScalarUDF::new_from_impl(Function { what: What::JsonObject, signature: two_texts }),
        ScalarUDF::new_from_impl(Now {
            millis: now.as_millisecond(),
            aliases: vec!["current_timestamp".to_owned()],
            signature: Signature::exact(vec![], Volatility::Stable),
        }),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    /// `in_network(address, '2001:db8::/32')`.
    InNetwork,
    /// `get_json_object(raw_data, '$.requestParameters.bucketName')`, as Spark and Hive have it.
    JsonObject,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    what: What,
    signature: Signature,
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.what {
            What::InNetwork => "in_network",
            What::JsonObject => "get_json_object",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.what {
            What::InNetwork => DataType::Boolean,
            What::JsonObject => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [first, second] = arrays.as_slice() else {
            return Err(DataFusionError::Plan(format!("`{}` takes two texts", self.name())));
        };
        let (texts, others) = (first.as_string::<i32>(), second.as_string::<i32>());
        let array: ArrayRef = match self.what {
            What::InNetwork => Arc::new(in_network(texts, others)?),
            What::JsonObject => Arc::new(json_object(texts, others)?),
        };
        // A constant stays one.
        if args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_))) && !array.is_empty() {
            return ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar);
        }
        Ok(ColumnarValue::Array(array))
    }
}

fn in_network(addresses: &StringArray, networks: &StringArray) -> Result<BooleanArray> {
    let mut last: Option<(&str, IpNet)> = None;
    addresses
        .iter()
        .zip(networks)
        .map(|(address, said)| {
            let (Some(address), Some(said)) = (address, said) else { return Ok(None) };
            let network = match last {
                Some((text, network)) if text == said => network,
                _ => said.parse().map_err(|_| wrong(&format!("`{said}` is no network, such as `2001:db8::/32`")))?,
            };
            last = Some((said, network));
            Ok(Some(address.parse::<IpAddr>().is_ok_and(|address| network.contains(&address))))
        })
        .collect()
}

fn json_object(texts: &StringArray, paths: &StringArray) -> Result<StringArray> {
    let mut last: Option<(&str, Vec<record::Step>)> = None;
    texts
        .iter()
        .zip(paths)
        .map(|(text, said)| {
            let (Some(text), Some(said)) = (text, said) else { return Ok(None) };
            if last.as_ref().is_none_or(|(path, _)| *path != said) {
                let path =
                    record::path(said).ok_or_else(|| wrong(&format!("`{said}` is no path, such as `$.a.b[0]`")))?;
                last = Some((said, path));
            }
            Ok(last.as_ref().and_then(|(_, path)| record::value(text, path)))
        })
        .collect()
}

fn wrong(said: &str) -> DataFusionError {
    DataFusionError::Execution(said.to_owned())
}

/// `now()` in milliseconds, the same in the whole statement. The engine's own has nanoseconds, and a comparison with it would
/// make nanoseconds of every event's time, which end in the year 2262.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Now {
    millis: i64,
    aliases: Vec<String>,
    signature: Signature,
}

impl ScalarUDFImpl for Now {
    fn name(&self) -> &'static str {
        "now"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Millisecond, None))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::TimestampMillisecond(Some(self.millis), None)))
    }
}
