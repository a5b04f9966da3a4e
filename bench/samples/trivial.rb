def main(name)
  "hello #{name}"
end
