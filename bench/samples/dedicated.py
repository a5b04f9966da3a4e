def main(name: str = "you"):
    return f"hello {name}"
