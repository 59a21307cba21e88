TEXT = <<~EOS
  def nothing
  'unclosed
EOS
A = <<-X + <<~'Y'
end
  X
  end
  Y
B = %w[a b if end]
C = %q{def {nested} 'x}
D = /['"#]/ =~ 'x'
E = 10 / 2 # '
F = E /2
G = "a #{[1].map { |x| "#{x}'" }.join("}")} b"
H = ?' 
I = ?"
J = :'a b'
K = :"end"
=begin
def nothing
'
=end
L = {if: 1, end: 2, class: 3, 'def': 4}
M = [1,
  2].first rescue nil
i = 0
i += 1 while i < 3
i = 0
until i > 2 do i += 1 end
for q in [1, 2] do q end
N = if true then 1 else 2 end
O = case 1
    when 1 then 2
    else 3
    end
P = begin
  1
rescue StandardError => e
  2
ensure
  3
end
Q = ->(x) do x end
R = -> { 1 }
def self.if(x) = x
def end?; end
S = $; ; T = $'
U = $" ? 1 : 2
