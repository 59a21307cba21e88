// Classes that people write, and some that they should not. `// HANDLER TYPE::METHOD` lines are tried;
// each is compiled once with an assembly-wide serializer (App) and once without (Bare).
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Amazon.Lambda.Core;
using Shared;

#if SERIALIZER
[assembly: LambdaSerializer(typeof(Shared.Serializer))]
#endif

// HANDLER Bare::NoNamespace
// HANDLER Global::Run
// HANDLER .Global::Run
public class Global { public string Run(string input) { return input; } }

namespace My.App
{
    // HANDLER My.App.Function::FunctionHandler
    // HANDLER My.App.Function::functionHandler
    // HANDLER My.App.function::FunctionHandler
    // HANDLER My.App.Function::FunctionHandler2
    // HANDLER Function::FunctionHandler
    // HANDLER My.Function::FunctionHandler
    // HANDLER My.App.Function.FunctionHandler::
    // HANDLER My.App.Function::FunctionHandler::Extra
    // HANDLER My.App.Function::Private
    // HANDLER My.App.Function::Protected
    // HANDLER My.App.Function::Internal
    // HANDLER My.App.Function::Static
    // HANDLER My.App.Function::.ctor
    // HANDLER My.App.Function::get_Property
    // HANDLER My.App.Function::Property
    // HANDLER My.App.Function::Field
    // HANDLER My.App.Function::Nothing
    // HANDLER My.App.Function::OnlyContext
    // HANDLER My.App.Function::ContextFirst
    // HANDLER My.App.Function::TwoInputs
    // HANDLER My.App.Function::Three
    // HANDLER My.App.Function::Optional
    // HANDLER My.App.Function::Overloaded
    // HANDLER My.App.Function::OverloadedGeneric
    // HANDLER My.App.Function::Generic
    // HANDLER My.App.Function::AsyncVoid
    // HANDLER My.App.Function::AsyncTask
    // HANDLER My.App.Function::AsyncTaskOf
    // HANDLER My.App.Function::Params
    // HANDLER My.App.Function::ParamsAlone
    // HANDLER My.App.Function::VarArgs
    // HANDLER My.App.Function::ByRef
    // HANDLER My.App.Function::Out
    // HANDLER My.App.Function::Dynamic
    // HANDLER My.App.Function::Memory
    // HANDLER My.App.Function::MemoryIn
    // HANDLER My.App.Function::TaskMemory
    // HANDLER My.App.Function::TaskStream
    // HANDLER My.App.Function::StreamOnly
    // HANDLER My.App.Function::StreamToNothing
    // HANDLER My.App.Function::StreamToTask
    // HANDLER My.App.Function::StreamToString
    // HANDLER My.App.Function::OrderToOrder
    // HANDLER My.App.Function::Lists
    // HANDLER My.App.Function::Maps
    // HANDLER My.App.Function::Arrays
    // HANDLER My.App.Function::Matrix
    // HANDLER My.App.Function::Tuple
    // HANDLER My.App.Function::Nullable
    // HANDLER My.App.Function::Enumerate
    // HANDLER My.App.Function::Fallback
    // HANDLER My.App.Function::Own
    // HANDLER My.App.Function::OwnOther
    // HANDLER My.App.Function::Größe
    // HANDLER My.App.Function::ToString
    public class Function
    {
        public int Field;
        public string Property { get; set; }
        public string FunctionHandler(string input, ILambdaContext context) { return input; }
        private string Private(string input) { return input; }
        protected string Protected(string input) { return input; }
        internal string Internal(string input) { return input; }
        public static string Static(string input) { return input; }
        public void Nothing() { }
        public void OnlyContext(ILambdaContext context) { }
        public void ContextFirst(ILambdaContext context, string input) { }
        public void TwoInputs(string one, string two) { }
        public void Three(string one, ILambdaContext context, string three) { }
        public void Optional(string one, ILambdaContext context = null, int n = 0) { }
        public void Overloaded(string one) { }
        public void Overloaded(int one) { }
        public void OverloadedGeneric(string one) { }
        public void OverloadedGeneric<T>(T one) { }
        public void Generic<T>(T input) { }
        public async void AsyncVoid(string input) { await Task.Delay(1); }
        public async Task AsyncTask(string input) { await Task.Delay(1); }
        public async Task<string> AsyncTaskOf(string input) { await Task.Delay(1); return input; }
        public void Params(string one, params ILambdaContext[] more) { }
        public void ParamsAlone(params string[] more) { }
        public void VarArgs(string one, __arglist) { }
        public void ByRef(ref string input) { }
        public void Out(out string input) { input = null; }
        public dynamic Dynamic(dynamic input) { return input; }
        public MemoryStream Memory(Stream input) { return null; }
        public Stream MemoryIn(MemoryStream input) { return input; }
        public Task<MemoryStream> TaskMemory(Stream input) { return null; }
        public Task<Stream> TaskStream(Stream input, ILambdaContext context) { return null; }
        public Stream StreamOnly(Stream input) { return input; }
        public void StreamToNothing(Stream input) { }
        public Task StreamToTask(Stream input) { return null; }
        public string StreamToString(Stream input) { return null; }
        public Order OrderToOrder(Order input) { return input; }
        public List<string> Lists(List<Order> input) { return null; }
        public Dictionary<string, List<int>> Maps(Dictionary<string, object> input, ILambdaContext context) { return null; }
        public byte[] Arrays(string[] input) { return null; }
        public int[,] Matrix(int[,] input) { return null; }
        public Tuple<int, string> Tuple(Tuple<int, string> input) { return null; }
        public int? Nullable(DateTime? input) { return null; }
        public IEnumerable<int> Enumerate(string input) { yield return 1; }
        public object Fallback(object input) { return null; }
        public string Own(string input, OwnContext context) { return null; }
        public string OwnOther(string input, Order context) { return null; }
        public string Größe(string input) { return input; }
    }

    public class OwnContext { }

    // HANDLER My.App.Outer+Inner::Run
    // HANDLER My.App.Outer.Inner::Run
    // HANDLER My.App.Inner::Run
    // HANDLER My.App.Outer+Inner+Innermost::Run
    // HANDLER My.App.Outer+Innermost::Run
    // HANDLER My.App.Outer+Hidden::Run
    public class Outer
    {
        public class Inner
        {
            public string Run(string input) { return input; }
            public class Innermost { public Stream Run(Stream input) { return input; } }
        }
        private class Hidden { public Stream Run(Stream input) { return input; } }
    }

    // HANDLER My.App.Abstract::Run
    // HANDLER My.App.Abstract::Make
    // HANDLER My.App.Abstract::Static
    public abstract class Abstract
    {
        public abstract Stream Run(Stream input);
        public Stream Make(Stream input) { return input; }
        public static Stream Static(Stream input) { return input; }
    }

    // HANDLER My.App.Derived::Run
    // HANDLER My.App.Derived::Make
    // HANDLER My.App.Derived::Static
    public class Derived : Abstract { public override Stream Run(Stream input) { return input; } }

    // HANDLER My.App.Statics::Run
    public static class Statics { public static Stream Run(Stream input) { return input; } }

    // HANDLER My.App.IFace::Run
    public interface IFace { Stream Run(Stream input); }

    // HANDLER My.App.Implicit::Run
    // HANDLER My.App.Explicit::Run
    public class Implicit : IFace { public Stream Run(Stream input) { return input; } }
    public class Explicit : IFace { Stream IFace.Run(Stream input) { return input; } }

    // HANDLER My.App.Struct::Run
    public struct Struct { public Stream Run(Stream input) { return input; } }

    // HANDLER My.App.Colour::Run
    public enum Colour { Red }

    // HANDLER My.App.Delegate::Invoke
    public delegate Stream Delegate(Stream input);

    // HANDLER My.App.Open::Run
    // HANDLER My.App.Open`1::Run
    // HANDLER My.App.ClosedOpen::Run
    public class Open<T> { public Stream Run(Stream input) { return input; } }
    public class ClosedOpen : Open<Order> { }

    // HANDLER My.App.NeedsArgument::Run
    // HANDLER My.App.NeedsArgument::Static
    public class NeedsArgument
    {
        public NeedsArgument(string s) { }
        public Stream Run(Stream input) { return input; }
        public static Stream Static(Stream input) { return input; }
    }

    // HANDLER My.App.OptionalArgument::Run
    public class OptionalArgument { public OptionalArgument(string s = null) { } public Stream Run(Stream input) { return input; } }

    // HANDLER My.App.PrivateConstructor::Run
    public class PrivateConstructor { private PrivateConstructor() { } public Stream Run(Stream input) { return input; } }

    // HANDLER My.App.TwoConstructors::Run
    public class TwoConstructors
    {
        public TwoConstructors() : this(1) { }
        public TwoConstructors(int n) { }
        public Stream Run(Stream input) { return input; }
    }

    // HANDLER My.App.InternalType::Run
    internal class InternalType { public Stream Run(Stream input) { return input; } }

    // HANDLER My.App.WithAttribute::Run
    // HANDLER My.App.WithAttribute::Other
    public class WithAttribute
    {
        [LambdaSerializer(typeof(Shared.Serializer))]
        public string Run(string input) { return input; }
        public string Other(string input) { return input; }
    }

    // HANDLER My.App.EntryPoint::HandleAsync
    // HANDLER My.App.EntryPoint::PlainAsync
    // HANDLER My.App.EntryPoint::Pipe
    // HANDLER My.App.EntryPoint::Hidden
    // HANDLER My.App.EntryPoint::Nothing
    // HANDLER My.App.EntryPoint::Init
    // HANDLER My.App.EntryPoint::FunctionHandlerAsync
    public class EntryPoint : Gateway { protected override void Init() { } }

    // HANDLER My.App.Overriding::HandleAsync
    // HANDLER My.App.Overriding::PlainAsync
    public class Overriding : Gateway
    {
        public override Task<Order> HandleAsync(Order input, ILambdaContext context) { return null; }
        public override Task<Order> PlainAsync(Order input, ILambdaContext context) { return null; }
    }

    // HANDLER My.App.Hiding::HandleAsync
    public class Hiding : Gateway
    {
        public new Task<Order> HandleAsync(Order input, ILambdaContext context) { return null; }
    }

    // HANDLER My.App.FromLib::Run
    // HANDLER My.App.FromLib::Inner
    // HANDLER My.App.FromLib::Missing
    public class FromLib : Shared.Deep.Level2 { }

    // HANDLER My.App.Failing::Missing
    // HANDLER My.App.Failing::Run
    public class Failing : Exception { public Stream Run(Stream input) { return input; } }

    // HANDLER My.App.OwnTask::Run
    public class OwnTask { public MyTask Run(Stream input) { return null; } }
    public class MyTask : Task<Order> { public MyTask() : base(() => null) { } }

    // HANDLER My.App.OwnStream::Run
    public class OwnStream { public MyStream Run(Stream input) { return null; } }
    public class MyStream : MemoryStream { }

    // HANDLER My.App.OwnStreamIn::Run
    public class OwnStreamIn { public Stream Run(MyStream input) { return input; } }

    // HANDLER My.App.Kontext::Run
    // HANDLER My.App.Kontext::Twice
    public class Kontext { public Stream Run(Stream input, MyContext context) { return input; } public Stream Twice(Stream one, Stream two) { return one; } }
    public class MyContext : ILambdaContext { public string AwsRequestId { get { return ""; } } }
}
