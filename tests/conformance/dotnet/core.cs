// What the cases need of Amazon.Lambda.Core: names and shapes only.
using System;
using System.IO;

[assembly: System.Reflection.AssemblyVersion("1.0.0.0")]

namespace Amazon.Lambda.Core
{
    public interface ILambdaContext
    {
        string AwsRequestId { get; }
    }

    public interface ILambdaSerializer
    {
        T Deserialize<T>(Stream from);
        void Serialize<T>(T response, Stream to);
    }

    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Assembly, AllowMultiple = false)]
    public sealed class LambdaSerializerAttribute : Attribute
    {
        public Type SerializerType { get; set; }

        public LambdaSerializerAttribute(Type serializerType)
        {
            SerializerType = serializerType;
        }
    }
}
