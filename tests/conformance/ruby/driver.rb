# What the runtime interface client of Ruby does with a handler (aws-lambda-ruby-runtime-interface-client,
# 2025-09-05), as described in its documentation: driver.rb TASK_ROOT LAYER HANDLER
root, layer, handler = ARGV
Dir.chdir(root)
$LOAD_PATH.push("#{layer}/ruby/lib") if File.directory?("#{layer}/ruby/lib")
$LOAD_PATH.unshift(root)
$stderr.reopen(File::NULL)

class Client
  def initialize(handler)
    parts = handler.split(".")
    case parts.size
    when 2 then @file, @method = parts
    when 3 then @file, @class, @method = parts
    else raise ArgumentError, "invalid handler"
    end
  end

  def load = require(@file)

  def call
    given = {event: {}, context: nil}
    @class ? Kernel.const_get(@class).send(@method, **given) : __send__(@method, **given)
  end
end

def outcome(handler)
  begin
    client = Client.new(handler)
  rescue ArgumentError
    return "malformed"
  end
  begin
    client.load
  rescue LoadError => e
    return e.path == handler.split(".").first ? "module" : "other"
  rescue SyntaxError
    return "syntax"
  end
  client.call
  "loads"
rescue NameError
  "function"
end

said = outcome(handler)
STDOUT.puts said
