using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

/// <summary>libtorch refused a call: the message names the operator, its arguments' types and shapes, and the reason.</summary>
public sealed class TorchException : Exception
{
    internal TorchException(string op, string arguments, string reason) : base($"{op}({arguments}): {reason}")
    {
        Operator = op;
        Arguments = arguments;
        Reason = reason;
    }

    /// <summary>The operator's name with its overload, for instance <c>add.Tensor</c>.</summary>
    public string Operator { get; }

    /// <summary>The arguments: tensors as type and shape, for instance <c>float32[2, 3], 4</c>.</summary>
    public string Arguments { get; }

    /// <summary>The first line of what libtorch said.</summary>
    public string Reason { get; }

    /// <summary>Turns a failed status into an exception. A C# exception that passed through native frames comes out as itself.</summary>
    internal static void Check(Status status, string op, string arguments = "")
    {
        if (status != Status.Ok)
            throw Last(status, op, arguments);
    }

    internal static unsafe Exception Last(Status status, string op, string arguments)
    {
        if (status == Status.ManagedError && NativeMethods.ani_take_exception() is var pointer and not 0)
        {
            var handle = GCHandle.FromIntPtr(pointer);
            var original = (Exception)handle.Target!;
            handle.Free();
            ExceptionDispatchInfo.Throw(original);
        }
        var text = Marshal.PtrToStringUTF8((nint)NativeMethods.ani_error()) ?? "unknown error";
        var end = text.IndexOf('\n');
        return new TorchException(op, arguments, end < 0 ? text : text[..end]);
    }
}
