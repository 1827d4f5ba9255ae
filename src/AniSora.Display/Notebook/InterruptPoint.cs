using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace AniSora.Display.Notebook;

/// <summary>Where a cell looks whether it should end; the kernel puts a call into every loop and function of a cell.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class InterruptPoint
{
    private static volatile Func<bool>? s_mustEnd;

    /// <summary>Ends the calling cell if the user interrupted it.</summary>
    /// <exception cref="OperationCanceledException">The user did.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check()
    {
        if (s_mustEnd is not null)
            Throw();
    }

    /// <summary>Sets the question whether the calling code must end; null between interrupts, when nothing is asked.</summary>
    internal static void Ask(Func<bool>? mustEnd) => s_mustEnd = mustEnd;

    private static void Throw()
    {
        if (s_mustEnd?.Invoke() == true)
            throw new OperationCanceledException("the cell was interrupted");
    }
}
