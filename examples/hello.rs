use serde_json::{json, Value};

fn main(name: String) -> Value {
    let greeting = format!("Hello {name}");
    println!("{greeting}");
    json!({ "greeting": greeting })
}
