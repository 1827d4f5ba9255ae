using System.ComponentModel;
using System.Runtime.CompilerServices;
using AniSora.Jupyter.Output;

namespace AniSora.Jupyter.Execution;

/// <summary>Where a cell looks whether it should end; the kernel puts a call into every loop and function of a cell.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class InterruptPoint
{
    private static volatile CellContext? s_interrupted;

    /// <summary>Ends the calling cell if the user interrupted it.</summary>
    /// <exception cref="OperationCanceledException">The user did.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check()
    {
        if (s_interrupted is not null)
            Throw();
    }

    /// <summary>From now on the cell's checks end it; null: nobody's do.</summary>
    internal static void Interrupt(CellContext? cell) => s_interrupted = cell;

    // What an earlier cell left running in the background goes on.
    private static void Throw()
    {
        if (ReferenceEquals(CellContext.Current, s_interrupted))
            throw new OperationCanceledException("the cell was interrupted");
    }
}
