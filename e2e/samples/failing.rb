def main(name)
  puts 'about to fail'
  raise TypeError, "there is no #{name}"
end
