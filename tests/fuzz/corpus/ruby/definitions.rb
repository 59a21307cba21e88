def handler(event:, context:)
  1
end
def handler event:, context:
  1
end
def handler(event:, context:) = 1
def handler(event:, context:); 1; end
def handler(**options)
  options
end
def handler(*)
  1
end
private
def handler(event:, context:)
  1
end
private def handler(event:, context:)
  1
end
begin
  def handler(event:, context:)
    1
  end
end
class Object
  def handler(event:, context:)
    1
  end
end
module Kernel
  def handler(event:, context:)
    1
  end
end
module Api
  def handler(event:, context:) = 1
end
include Api
require 'json'
require 'time'
LOG = []
def helper(x)
  x.map do |y| y end
end
def handler(event:, context:)
  {statusCode: 200, body: JSON.generate([1])}
end
X = 5
if X > 3
  X2 = 1
end
def handler(event:, context:)
  X2 ? 1 : 0
end
def other(a, b = {}, *c)
  while a do a = b end
  a
end
def handler(event:, context:)
  1
end
class Service
  def initialize
    @x = 1 if true
  end
  attr_reader :x
end
def handler(event:, context:)
  Service.new.x
end
module Api
  def self.handler(event:, context:)
    1
  end
end
class Api
  def self.handler(event:, context:)
    1
  end
end
class Api
  class << self
    def handler(event:, context:)
      1
    end
  end
end
class Api
  class <<self
    private
    def handler(event:, context:) = 1
  end
end
module Api
  module_function

  def handler(event:, context:)
    1
  end
end
module Api
  module_function def handler(event:, context:) = 1
end
module Api
  def handler(event:, context:)
    1
  end
  module_function :handler
end
module Api
  extend self
  def handler(event:, context:)
    1
  end
end
module Api
  def Api.handler(event:, context:)
    1
  end
end
class Api; end
def Api.handler(event:, context:)
  1
end
class Base
  def self.handler(event:, context:)
    1
  end
end
class Api < Base
end
module Shared
  def handler(event:, context:) = 1
end
class Api
  extend Shared
end
module Api; def self.other; end; end
module Api; def self.handler(event:, context:); 1; end; end
class Api < StandardError
  def self.handler(event:, context:)
    1
  end
end
class Api
  def self.other
    [1].each { |x| x }
  end
  private_class_method def self.handler(event:, context:) = 1
end
class Api
end
def handler(event:, context:)
  1
end
class Api
  def call
    if true then 1 else 2 end
  end
  def self.handler(event:, context:)
    new.call
  end
end
