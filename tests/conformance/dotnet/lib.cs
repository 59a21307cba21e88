// Another assembly of the package: base classes, as Amazon.Lambda.AspNetCoreServer has them.
using System;
using System.IO;
using System.Threading.Tasks;
using Amazon.Lambda.Core;

namespace Shared
{
    public class Serializer : ILambdaSerializer
    {
        public T Deserialize<T>(Stream from) { return default(T); }
        public void Serialize<T>(T response, Stream to) { }
    }

    public class Order { public int Number; }

    public abstract class Host<TIn, TOut>
    {
        [LambdaSerializer(typeof(Serializer))]
        public virtual Task<TOut> HandleAsync(TIn input, ILambdaContext context) { return Task.FromResult(default(TOut)); }
        public virtual Task<TOut> PlainAsync(TIn input, ILambdaContext context) { return Task.FromResult(default(TOut)); }
        public Stream Pipe(Stream input, ILambdaContext context) { return input; }
        private string Hidden(Stream input) { return ""; }
        public static void Nothing() { }
    }

    public abstract class Gateway : Host<Order, Order>
    {
        protected virtual void Init() { }
    }

    public class Concrete
    {
        public virtual Stream Run(Stream input) { return input; }
        protected internal Stream Inner(Stream input) { return input; }
    }

    namespace Deep { public class Level2 : Concrete { } }
}
