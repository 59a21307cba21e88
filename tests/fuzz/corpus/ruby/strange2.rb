V = %r{/'}.source rescue 1
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
  def ==(o) = true
  def !; end
  def `(c) = c
end
AA = true ? :a : :b
AB = true ? 'x' : "y"
AC = [*1..3].sum
AD = (1..)
AE = "\"#{1}\\"
puts [1, 2].map do |x|
  x
end if false
AF = 1 if defined?(String) and not false
AG = {
  a: ->(x) { x },
  b: proc do |y| y end
}
case [1, [2]]
in [a, [b]] if a == 1
  a
else
  0
end
AH = 'a' \
  'b'
BEGIN { AI = 1 }
def kw(if:, end: 1) = binding.local_variable_get(:if)
AJ = %i[a b]
AK = %(x (y) 'z)
alias old_puts puts
undef_method = 1
AL = <<~"A B"
  text
A B
return_value = 3
AM = return_value /1
