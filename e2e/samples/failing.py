def main(name: str):
    print("about to fail")
    raise TypeError(f"there is no {name}")
