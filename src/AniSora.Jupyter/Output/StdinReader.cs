namespace AniSora.Jupyter.Output;

/// <summary><see cref="Console.In"/> of the cells: each line is asked of the user in the front end.</summary>
/// <param name="ask">Asks; null when there will be no answer.</param>
internal sealed class StdinReader(Func<string?> ask) : TextReader
{
    private string _line = "";
    private int _position;

    /// <inheritdoc/>
    public override string? ReadLine()
    {
        if (_position >= _line.Length)
            return ask();
        string rest = _line[_position..].TrimEnd('\n');
        (_line, _position) = ("", 0);
        return rest;
    }

    /// <inheritdoc/>
    public override int Peek() => Fill() ? _line[_position] : -1;

    /// <inheritdoc/>
    public override int Read() => Fill() ? _line[_position++] : -1;

    private bool Fill()
    {
        if (_position < _line.Length)
            return true;
        if (ask() is not { } line)
            return false;
        (_line, _position) = (line + "\n", 0);
        return true;
    }
}
