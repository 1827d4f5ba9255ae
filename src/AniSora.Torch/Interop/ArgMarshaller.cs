using System.Runtime.CompilerServices;
using System.Text;
using static AniSora.Torch.torch;

namespace AniSora.Torch.Interop;

/// <summary>Turns arguments into the shim's form. Lists are copied to memory of the call, so nothing needs pinning.</summary>
internal static unsafe class ArgMarshaller
{
    /// <summary>64-bit words that the lists among the arguments take.</summary>
    internal static int WordsOf(ReadOnlySpan<TorchArg> args)
    {
        var words = 0;
        foreach (ref readonly var arg in args)
            if (arg.Tag >= ArgTag.Ints)
                words += WordsOf(in arg);
        return words;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int WordsOf(ref readonly TorchArg arg) => arg.Tag switch
    {
        ArgTag.Ints => ((long[])arg.Reference!).Length,
        ArgTag.Doubles => ((double[])arg.Reference!).Length,
        ArgTag.Bools => (((bool[])arg.Reference!).Length + 7) / 8,
        ArgTag.Tensors or ArgTag.OptionalTensors => ((Tensor?[])arg.Reference!).Length,
        ArgTag.String => (Encoding.UTF8.GetByteCount((string)arg.Reference!) + 7) / 8,
        _ => 0,
    };

    internal static void Fill(ReadOnlySpan<TorchArg> args, NativeArg* native, long* words)
    {
        for (var i = 0; i < args.Length; i++)
        {
            ref readonly var arg = ref args[i];
            native[i].Tag = arg.Tag;
            native[i].Count = 0;
            if (arg.Tag == ArgTag.Tensor)
                native[i].Pointer = (void*)Unsafe.As<Tensor>(arg.Reference!).Handle;
            else if (arg.Tag < ArgTag.Ints)
                native[i].Integer = arg.Bits;
            else
                words += FillList(in arg, native + i, words);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int FillList(ref readonly TorchArg arg, NativeArg* native, long* words)
    {
        native->Pointer = words;
        switch (arg.Tag)
        {
            case ArgTag.Ints:
                var integers = (long[])arg.Reference!;
                integers.CopyTo(new Span<long>(words, integers.Length));
                return native->Count = integers.Length;
            case ArgTag.Doubles:
                var reals = (double[])arg.Reference!;
                reals.CopyTo(new Span<double>(words, reals.Length));
                return native->Count = reals.Length;
            case ArgTag.Bools:
                var flags = (bool[])arg.Reference!;
                flags.CopyTo(new Span<bool>(words, flags.Length));
                native->Count = flags.Length;
                return (flags.Length + 7) / 8;
            case ArgTag.Tensors or ArgTag.OptionalTensors:
                var tensors = (Tensor?[])arg.Reference!;
                for (var i = 0; i < tensors.Length; i++)
                    words[i] = tensors[i] is { } tensor ? tensor.Handle
                        : arg.Tag == ArgTag.OptionalTensors ? 0 : throw new ArgumentNullException($"tensors[{i}]");
                return native->Count = tensors.Length;
            case ArgTag.String:
                var text = (string)arg.Reference!;
                var length = Encoding.UTF8.GetByteCount(text);
                Encoding.UTF8.GetBytes(text, new Span<byte>(words, length));
                native->Count = length;
                return (length + 7) / 8;
            case ArgTag.Device:
                var device = (Device)arg.Reference!;
                native->Count = (int)device.type;
                native->Integer = device.index;
                return 0;
            case ArgTag.Generator:
                native->Pointer = (void*)((Generator)arg.Reference!).Handle;
                return 0;
            default:
                native->Pointer = null;
                return 0;
        }
    }
}
