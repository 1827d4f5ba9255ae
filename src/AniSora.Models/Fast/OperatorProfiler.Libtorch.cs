using System.Runtime.InteropServices;
using AniSora.Models.Runtime;

namespace AniSora.Models.Fast;

/// <remarks>
/// libtorch calls whoever asks before and after each operator and each node of a backward pass (ATen/record_function.h of 2.10). That is
/// C++, whose names and conventions are those of Linux here: a callback is 40 bytes on the stack, and the object that its first function
/// returns is written where a hidden first argument points to.
/// </remarks>
public static unsafe partial class OperatorProfiler
{
    private const int ScopeOperator = 0, ScopeBackwardNode = 1;

    private static readonly delegate* unmanaged<Callback, ulong> _addCallback = (delegate* unmanaged<Callback, ulong>)StableApi.Symbol("_ZN2at17addGlobalCallbackENS_22RecordFunctionCallbackE");
    private static readonly delegate* unmanaged<ulong, void> _removeCallback = (delegate* unmanaged<ulong, void>)StableApi.Symbol("_ZN2at14removeCallbackEm");
    private static readonly delegate* unmanaged<nint, byte*> _name = (delegate* unmanaged<nint, byte*>)StableApi.Symbol("_ZNK2at14RecordFunction4nameEv");
    [ThreadStatic] private static Stack<(nint Run, string Name, long Start)>? _running;
    private static ulong[] _callbacks = [];

    /// <summary>Whether profiles show libtorch's own operators, or only the kernels written in C#.</summary>
    public static bool SeesOperators { get; } = OperatingSystem.IsLinux() && _addCallback != null && _removeCallback != null && _name != null;

    private static void Listen()
    {
        if (SeesOperators)
            _callbacks = [_addCallback(Callback.Of(&Begin, &EndOperator, ScopeOperator)), _addCallback(Callback.Of(&Begin, &EndNode, ScopeBackwardNode))];
    }

    private static void StopListening()
    {
        foreach (ulong callback in _callbacks)
            _removeCallback(callback);
        _callbacks = [];
    }

    [UnmanagedCallersOnly]
    private static nint* Begin(nint* context, nint run)
    {
        *context = 0;
        (_running ??= new()).Push((run, Marshal.PtrToStringUTF8((nint)_name(run))!, Now()));
        return context;
    }

    [UnmanagedCallersOnly]
    private static void EndOperator(nint run, nint context) => End(run, false);

    [UnmanagedCallersOnly]
    private static void EndNode(nint run, nint context) => End(run, true);

    private static void End(nint run, bool isBackwardNode)
    {
        long end = Now();
        // Whatever began later and did not end, will not.
        while (_running is { Count: > 0 } running && running.Pop() is var begun)
            if (begun.Run == run)
            {
                // The engine's own record around each node, and the nodes of functions in C#, which have one of their own, say nothing new.
                if (!begun.Name.StartsWith("autograd::engine::", StringComparison.Ordinal) && !begun.Name.EndsWith("CSharpNode", StringComparison.Ordinal))
                    Add(new(begun.Name, begun.Start, end, Environment.CurrentManagedThreadId, 0, isBackwardNode));
                return;
            }
    }

    /// <summary>Scopes are ten bytes, one each, and three more say that inputs, outputs and numbers are wanted.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private readonly record struct Callback(nint Start, nint End, double Probability, ulong Scopes)
    {
        public static Callback Of(delegate* unmanaged<nint*, nint, nint*> start, delegate* unmanaged<nint, nint, void> end, int scope) =>
            new((nint)start, (nint)end, 1, 1UL << 8 * scope);
    }
}
