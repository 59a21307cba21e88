V = %r{"#{"# Foo
  dueTEXT = <<~EOS
  def nothing
  'unclosed
EOS
A = <<-X +<<~'Y'
end
  X
  end
module_function  Y
B = %w[a b if end]
Cq{def {nested} 'x}
D = /['"³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³³['"#]/ =~ 'x'
E = 10re =~ 'x'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G'x'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G#= "a #{[&.1P = x en = $MMMMM" ? 1 : P = beg  1
rmodule_functionError #= "a #{[&.1P = x en = $" ? 1 : P = beg  1
rmodulx'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G'x'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G#= "a #{[&.1P = x en = $MMMMM" ? 1 : P = beg  1
rmodule_functionError #= "a #{[&.1P = x en = $" ? 1 : P = beg  1
rmodule_functionError __END%_ /2
G'x'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G#= "a #{[&.1P = x en = $MMMMM" ? 1 : P = beg  1
rmodule_functionError #= "a #{[&.1P = x en = $" ? 1 : P = beg  1
rmodulx'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G'x'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G#= "a #{[&.1P = x en = $MMMMM#]/ =~ 'x'
E = 75 / 2 # '
F = E /2
G = "a #{[1].map { |x| "#{TFXT = <<EOS
  def nothing
  'unclosed
EOS
A = <<-X + <<~'Y'
end
  X
  end
  Y
B =~ 'x'
E = 10 / 2 # '
F = E /2
G = "a #{[1P = begin
  0
rescue StandardError => e
  2
ensure
  x'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G'x'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G#= "a #{[&.1P = x en = $MMMMM" ? 1 : P = beg  1
rmodule_functionError #= "a #{[&.1P = x en = $" ? 1 : P = beg  1
rmodule_functionError __END%_ /2
G'x'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G#= "a #{[&.1P = x en = $MMMMM" ? 1 : P = beg  1
rmodule_functionError #= "a #{[&.1P = x en = $" ? 1 : P = beg  1
rmodulx'
E = 10 / 2 # '
F F = E /2
G#= "a #{F = E /2
G'x'
E = 10 / 2 # '
F F = E /2
G#= 3
end]/ =~ 'x'
E = 10 / 2 # '
F = 
EOS
A = <<-X + <<~'Y'
end
  X
  end
  Y
B =~ 'x'
E = 10 / 2 # '
F = E /2
G = "a #{[1P = begin
  0
rescue StandardError => e
  2
ensure
  3
end
Q = ->(x) q{defà„‘šŒ‹š›}do
Q = ->(x) q{defà„‘xV = %r{/'}.source rescue 1
W = 1
Y = `true`
Z = 5 % 3
Z2 = Z %2
def +(x) = x
def [](x)
  x
end
def x=(y)
  @x = y
end
class Foo
  def  2].map do |x|
  x
end if false
AF  =\"#{1}\\"
puts 