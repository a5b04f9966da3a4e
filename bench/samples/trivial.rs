fn main(name: String) -> String {
    format!("hello {name}")
}
