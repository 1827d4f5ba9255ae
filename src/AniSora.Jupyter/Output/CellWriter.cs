using System.Text;

namespace AniSora.Jupyter.Output;

/// <summary><see cref="Console.Out"/> or <see cref="Console.Error"/> of the cells.</summary>
/// <param name="output">Where text goes.</param>
/// <param name="stream"><c>stdout</c> or <c>stderr</c>.</param>
internal sealed class CellWriter(StreamOutput output, string stream) : TextWriter(System.Globalization.CultureInfo.InvariantCulture)
{
    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => output.Write(CellContext.Current, stream, [value]);

    /// <inheritdoc/>
    public override void Write(string? value) => output.Write(CellContext.Current, stream, value);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => output.Write(CellContext.Current, stream, buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => output.Write(CellContext.Current, stream, buffer);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => output.Write(CellContext.Current, stream, value + "\n");

    /// <inheritdoc/>
    public override void Flush() => output.Flush();
}
