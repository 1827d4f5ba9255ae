namespace AniSora.Jupyter.Output;

/// <summary>A request to run a cell: what its outputs refer to, and who is asked for input.</summary>
/// <param name="ParentHeader">Raw header of the request.</param>
/// <param name="Identities">Who sent it.</param>
/// <param name="Number">Execution count.</param>
/// <param name="AllowsInput">Whether the front end can ask the user.</param>
internal sealed record CellContext(byte[] ParentHeader, IReadOnlyList<byte[]> Identities, int Number, bool AllowsInput)
{
    private static readonly AsyncLocal<CellContext?> s_own = new();
    private static volatile CellContext? s_latest;

    /// <summary>
    /// The cell that the calling code belongs to: it follows tasks and threads that the cell started, so late output lands
    /// where it comes from. Code that no cell started (a native thread) counts to the latest cell.
    /// </summary>
    public static CellContext? Current => s_own.Value ?? s_latest;

    /// <summary>Makes this the cell of the calling code and of all that it starts.</summary>
    public void Enter()
    {
        s_own.Value = this;
        s_latest = this;
    }

    /// <summary>Makes this the cell of the calling code only, as when a page's message is handled.</summary>
    public static void Borrow(CellContext? cell) => s_own.Value = cell;
}
