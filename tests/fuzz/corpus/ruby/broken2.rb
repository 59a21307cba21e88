X = <<~EOS
  text
