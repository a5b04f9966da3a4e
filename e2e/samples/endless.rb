def main
  puts 'started'
  loop { sleep 0.05 }
end
