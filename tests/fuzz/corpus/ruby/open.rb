def (((
class <<
%w
<<~
?\
:"
def