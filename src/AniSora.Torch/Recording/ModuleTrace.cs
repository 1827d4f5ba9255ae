using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>The modules whose <c>forward</c> is running on this thread, outermost first; kept only while operators are observed.</summary>
internal static class ModuleTrace
{
    [ThreadStatic] private static Stack<nn.Module>? _running;

    /// <summary>The innermost module that <paramref name="accept"/> knows, or null.</summary>
    public static nn.Module? Innermost(Func<nn.Module, bool> accept) => _running?.FirstOrDefault(accept);

    /// <summary>A module begins; it ends when the result is disposed.</summary>
    public static Running Enter(nn.Module module)
    {
        (_running ??= []).Push(module);
        return default;
    }

    /// <summary>A running module.</summary>
    public readonly struct Running : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => _running!.Pop();
    }
}
