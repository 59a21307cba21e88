# Reads paths on stdin; prints for each file what Ruby's own parser says it defines: "def OWNER KIND
# NAME LINE", "module NAME", or "bad" when it does not parse.
require "ripper"

class Facts
  def initialize(out) = @out = out

  def path(node)
    case node[0]
    when :const_ref, :var_ref, :top_const_ref, :var_field, :top_const_field then path_name(node)
    when :const_path_ref, :const_path_field
      left = path(node[1])
      left && "#{left}::#{node[2][1]}"
    end
  end

  def path_name(node)
    return nil unless node[1].is_a?(Array) && node[1][0] == :@const
    node[0].to_s.start_with?("top") ? "::#{node[1][1]}" : node[1][1]
  end

  def join(owner, name) = name.start_with?("::") ? name[2..] : (owner.empty? ? name : "#{owner}::#{name}")

  # kind: :module, :single (class << self), :loose
  def walk(node, owner, kind)
    return unless node.is_a?(Array)
    case node[0]
    when :module, :class
      name = path(node[1])
      full = name && join(kind == :module ? owner : "", name)
      @out.puts "module\t#{full}" if full
      node[2..].each { |child| walk(child, full || owner, full && kind == :module ? :module : :loose) }
    when :sclass
      own = node[1] == [:var_ref, node[1][1]] && node[1][1][0, 2] == [:@kw, "self"]
      walk(node[2], owner, own && kind == :module && !owner.empty? ? :single : :loose)
    when :def
      say(node[1], owner, kind == :single ? "singleton" : kind == :module ? "method" : "loose")
      node[2..].each { |child| walk(child, owner, :loose) }
    when :defs
      own = node[1][0] == :var_ref && node[1][1][0, 2] == [:@kw, "self"]
      say(node[3], owner, own && kind == :module ? "singleton" : "loose")
      node[4..].each { |child| walk(child, owner, :loose) }
    when :do_block, :brace_block, :lambda
      node[1..].each { |child| walk(child, owner, :loose) }
    else
      node.each { |child| walk(child, owner, kind) }
    end
  end

  def say(name, owner, kind)
    @out.puts "def\t#{kind}\t#{owner}\t#{name[1]}\t#{name[2][0]}" if name[0].to_s.start_with?("@")
  end
end

$stdout.binmode
$stdin.each_line(chomp: true) do |file|
  puts "file #{file}"
  text = File.binread(file).force_encoding("UTF-8")
  tree = begin
    Ripper.sexp(text)
  rescue StandardError
    nil
  end
  tree ? Facts.new($stdout).walk(tree, "", :module) : puts("bad")
end
