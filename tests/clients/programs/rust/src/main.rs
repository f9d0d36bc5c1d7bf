// What rust-okx does, step by step: each prints what it saw, or the error, as one line of JSON.

use std::env::{VarError, args, var};
use std::fmt::Debug;

use rust_okx::api::account::BalanceRequest;
use rust_okx::api::trade::{CancelOrderRequest, PlaceOrderRequest};
use rust_okx::model::{OrderSide, OrderType, TradeMode};
use rust_okx::{Credentials, OkxClient};
use serde_json::json;

fn show<E: Debug>(step: &str, result: Result<String, E>) -> String {
    let (key, text) = match result {
        Ok(value) => ("value", value),
        Err(error) => ("error", format!("{error:?}")),
    };
    println!("{}", json!({"step": step, key: text}));
    if key == "value" { text } else { String::new() }
}

fn keys() -> Result<Credentials, VarError> {
    Ok(Credentials::new(
        var("OKX_API_KEY")?,
        var("OKX_SECRET_KEY")?,
        var("OKX_PASSPHRASE")?,
    ))
}

fn practice() -> Result<OkxClient, VarError> {
    let okx = OkxClient::builder()
        .base_url(var("OKX_API_BASE_URL")?)
        .credentials(keys()?)
        .demo_trading(true)
        .build();
    Ok(okx)
}

fn demo() -> Result<OkxClient, VarError> {
    let okx = OkxClient::builder()
        .base_url("https://openapi.okx.com")
        .credentials(keys()?)
        .demo_trading(true)
        .build();
    Ok(okx)
}

fn live() -> Result<OkxClient, VarError> {
    let okx = OkxClient::builder()
        .base_url("https://openapi.okx.com")
        .credentials(keys()?)
        .build();
    Ok(okx)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let place = args().nth(1).unwrap_or_default();
    let okx = match place.as_str() {
        "demo" => demo()?,
        "live" => live()?,
        _ => practice()?,
    };
    if !place.is_empty() {
        let config = okx.account().get_account_config().await;
        show("config", config.map(|rows| rows[0].uid.clone()));
        return Ok(());
    }

    let time = okx.public_data().get_system_time().await;
    show("clock", time.map(|rows| rows[0].ts.to_string()));
    let config = okx.account().get_account_config().await;
    show("config", config.map(|rows| rows[0].uid.clone()));
    let balance = okx.account().get_balance(BalanceRequest::new()).await;
    show(
        "balance",
        balance.map(|rows| {
            let found = rows[0].details.iter().find(|row| row.ccy == "USDT");
            found.map_or(String::new(), |row| row.avail_bal.to_string())
        }),
    );
    let order = PlaceOrderRequest::new(
        "BTC-USDT",
        TradeMode::Cash,
        OrderSide::Buy,
        OrderType::Limit,
        "0.001",
    )
    .price("1000");
    let placed = okx.trade().place_order(&order).await;
    let name = show("order", placed.map(|rows| rows[0].ord_id.clone()));
    let cancel = CancelOrderRequest::by_order_id("BTC-USDT", name);
    let cancelled = okx.trade().cancel_order(&cancel).await;
    show("cancel", cancelled.map(|rows| rows[0].ord_id.clone()));
    Ok(())
}
