using AniSora.Jupyter.Execution;

namespace AniSora.Jupyter.Magics;

/// <summary>A file that <c>#!import</c> names, as in Polyglot Notebooks.</summary>
internal static class ImportedFile
{
    /// <summary>How its lines are named in messages.</summary>
    public static string Name(MagicCall call) => call.Argument.Trim('"');

    /// <summary>Its text.</summary>
    /// <param name="call">The magic; its path is seen from the current folder.</param>
    /// <exception cref="CellErrorException">It cannot be read.</exception>
    public static string Read(MagicCall call)
    {
        try
        {
            return File.ReadAllText(Name(call));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CellErrorException("MagicError", $"line {call.Line}: {call.Name} {call.Argument}: {e.Message}");
        }
    }
}
