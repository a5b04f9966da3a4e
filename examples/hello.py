def main(name: str, times: int = 1):
    greeting = f"Hello {name}"
    for _ in range(times):
        print(greeting)
    return {"greeting": greeting, "times": times}
