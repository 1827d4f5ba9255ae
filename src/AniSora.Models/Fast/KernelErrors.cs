using System.Runtime.ExceptionServices;

namespace AniSora.Models.Fast;

/// <summary>
/// Exceptions of backward passes written in C#. They cannot cross libtorch's frames, so the gradients in question are left out, and
/// the first of them is thrown when libtorch has returned.
/// </summary>
public sealed class KernelErrors
{
    [ThreadStatic] private static KernelErrors? _mine;
    private ExceptionDispatchInfo? _first;

    private KernelErrors()
    {
    }

    /// <summary>This thread's: those of functions that it applied.</summary>
    internal static KernelErrors Mine => _mine ??= new();

    internal void Keep(Exception exception) => Interlocked.CompareExchange(ref _first, ExceptionDispatchInfo.Capture(exception), null);

    /// <summary>Throws what went wrong in the backward passes of functions that this thread applied, if anything did since it last asked.</summary>
    public static void Rethrow() => Interlocked.Exchange(ref Mine._first, null)?.Throw();
}
