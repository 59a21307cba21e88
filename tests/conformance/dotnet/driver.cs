// What a .NET runtime's own reflection makes of a handler: the steps of the runtime client's loader,
// written anew. Arguments: a folder; handlers come on stdin, one outcome per line goes to stdout.
using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

static class Driver
{
    const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.NonPublic | BindingFlags.Public |
                             BindingFlags.Instance | BindingFlags.Static;

    static string folder;

    static int Main(string[] args)
    {
        folder = args[0];
        AppDomain.CurrentDomain.AssemblyResolve += (sender, wanted) => Load(new AssemblyName(wanted.Name).Name);
        for (string line; (line = Console.ReadLine()) != null;)
        {
            Console.WriteLine(Outcome(line));
        }
        return 0;
    }

    static Assembly Load(string name)
    {
        var file = Path.Combine(folder, name + ".dll");
        return File.Exists(file) ? Assembly.LoadFrom(file) : null;
    }

    static string Outcome(string handler)
    {
        var parts = handler.Split(new[] { "::" }, 3, StringSplitOptions.None);
        if (parts.Length != 3 || parts.Any(p => p.Trim().Length == 0))
        {
            return "malformed";
        }
        Assembly assembly;
        try
        {
            assembly = Load(parts[0]);
        }
        catch (BadImageFormatException)
        {
            return "image";
        }
        if (assembly == null)
        {
            return "assembly";
        }
        var type = assembly.GetType(parts[1]);
        if (type == null)
        {
            return "type";
        }
        MethodInfo method = null;
        try
        {
            for (var at = type; at != null && method == null; at = at.BaseType)
            {
                method = at.GetMethod(parts[2], Own);
            }
        }
        catch (AmbiguousMatchException)
        {
            return "overloads";
        }
        return method == null ? "method" : Check(assembly, type, method);
    }

    static bool Is(Type type, string name)
    {
        return type != null && (type.FullName == name || Is(type.BaseType, name) ||
                                type.GetInterfaces().Any(i => i.FullName == name));
    }

    static Type TaskResult(Type type)
    {
        for (; type != null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
            {
                return type.GetGenericArguments()[0];
            }
        }
        return null;
    }

    static bool HasSerializer(object[] attributes)
    {
        return attributes.Any(a => a.GetType().FullName == "Amazon.Lambda.Core.LambdaSerializerAttribute");
    }

    static string Check(Assembly assembly, Type type, MethodInfo method)
    {
        var input = method.GetParameters();
        bool isVoid = method.ReturnType == typeof(void);
        if (method.IsAbstract || method.IsGenericMethod ||
            (isVoid && Attribute.IsDefined(method, typeof(AsyncStateMachineAttribute))) ||
            (input.Length > 0 && Attribute.IsDefined(input.Last(), typeof(ParamArrayAttribute))) ||
            (method.CallingConvention & CallingConventions.VarArgs) == CallingConventions.VarArgs)
        {
            return "method refused";
        }
        bool isStruct = type.IsValueType && !type.IsPrimitive && !type.IsEnum;
        if (type.IsGenericType || (!method.IsStatic && type.IsAbstract) || (!type.IsClass && !isStruct))
        {
            return "type refused";
        }
        if (!method.IsStatic && !isStruct && type.GetConstructor(Type.EmptyTypes) == null)
        {
            return "constructor";
        }
        if (input.Length > 2 || (input.Length == 2 && !Is(input[1].ParameterType, "Amazon.Lambda.Core.ILambdaContext")))
        {
            return "parameters";
        }
        // The loader passes an ILambdaContext, which a narrower type cannot take.
        var context = input.Length == 0 ? null : input.Last().ParameterType;
        if (Is(context, "Amazon.Lambda.Core.ILambdaContext") && context.FullName != "Amazon.Lambda.Core.ILambdaContext")
        {
            return "context";
        }
        bool hasInput = input.Length == 2 || (input.Length == 1 && !Is(input[0].ParameterType, "Amazon.Lambda.Core.ILambdaContext"));
        bool reads = hasInput && input[0].ParameterType != typeof(Stream);
        var result = TaskResult(method.ReturnType);
        bool hasOutput = result != null || (!isVoid && !typeof(Task).IsAssignableFrom(method.ReturnType));
        bool writes = hasOutput && !typeof(Stream).IsAssignableFrom(result ?? method.ReturnType);
        bool has = HasSerializer(Attribute.GetCustomAttributes(method, true)) ||
                   HasSerializer(assembly.GetCustomAttributes(true));
        return (reads || writes) && !has ? "serializer" : "loads";
    }
}
