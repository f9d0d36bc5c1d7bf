//! Two signed requests to OKX: read a balance, place a demo order.

use std::{env, error::Error, io, process::ExitCode, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use ureq::{Agent, http::Request};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256.
fn sign(secret_key: &str, timestamp: &str, method: &str, request_path: &str, body: &str) -> String {
    let key = secret_key.as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    for part in [timestamp, method, request_path, body] {
        mac.update(part.as_bytes());
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// Returns an environment variable that must be set.
fn setting(name: &str) -> Result<String> {
    match env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(format!("Set the environment variable {name}.").into()),
    }
}

/// Returns a JSON value as it is shown, a string without its quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or(value.to_string(), str::to_owned)
}

/// Sends one signed request. `path` includes the query; `body` is sent as it is signed.
fn request(method: &str, path: &str, body: &str) -> Result<Value> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .max_redirects(0) // a redirect would take the headers to another host
        .http_status_as_error(false)
        .build()
        .into();
    let timestamp = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let signature = sign(&setting("OKX_SECRET_KEY")?, &timestamp, method, path, body);
    let request = Request::builder()
        .method(method)
        .uri(setting("OKX_API_BASE_URL")? + path)
        .header("OK-ACCESS-KEY", setting("OKX_API_KEY")?)
        .header("OK-ACCESS-SIGN", signature)
        .header("OK-ACCESS-TIMESTAMP", timestamp)
        .header("OK-ACCESS-PASSPHRASE", setting("OKX_PASSPHRASE")?)
        .header("Content-Type", "application/json")
        .header("x-simulated-trading", "1") // a demo key; leave it out with a live key
        .body(body)?;
    let mut response = agent.run(request)?;
    let status = response.status();
    let content = response.body_mut().read_to_string()?;
    let answer: Value = serde_json::from_str(&content)
        .map_err(|_| format!("HTTP {status}, and the answer is not JSON: is the host right?"))?;
    // An order is refused in its own row, anything else at the top.
    let mut rows = answer["data"].as_array().into_iter().flatten();
    let refused = rows.find(|row| row["sCode"].as_str().unwrap_or("0") != "0");
    let (code, message) = match refused {
        Some(row) => (&row["sCode"], &row["sMsg"]),
        None => (&answer["code"], &answer["msg"]),
    };
    if code != "0" {
        return Err(format!("OKX error {}: {}", text(code), text(message)).into());
    }
    Ok(answer["data"][0].clone())
}

/// Reads a balance, then places an order far below the market.
fn run() -> Result<()> {
    let account = request("GET", "/api/v5/account/balance?ccy=BTC", "")?;
    println!("balance: {}", account["details"]);

    let order = json!({
        "instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit",
        "px": "1000", "sz": "0.001",
    });
    let placed = request("POST", "/api/v5/trade/order", &order.to_string())?;
    println!("ordId: {}", text(&placed["ordId"]));
    Ok(())
}

/// Signs each line of standard input, to compare with the test vectors.
fn sign_lines() -> Result<()> {
    for line in io::stdin().lines() {
        let line = line?;
        let part: Vec<&str> = line.split('\t').collect();
        println!("{}", sign(part[0], part[1], part[2], part[3], part[4]));
    }
    Ok(())
}

fn main() -> ExitCode {
    let result = match env::args().nth(1).as_deref() {
        Some("sign") => sign_lines(),
        _ => run(),
    };
    if let Err(error) = result {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
