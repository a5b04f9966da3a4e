def main(name: str):
    return f"hello {name}"
