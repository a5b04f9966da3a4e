fn main(name: String) -> anyhow::Result<()> {
    println!("about to fail");
    anyhow::bail!("there is no {name}")
}
