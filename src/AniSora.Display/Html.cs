using System.Runtime.CompilerServices;
using System.Text;

namespace AniSora.Display;

/// <summary>
/// A piece of finished HTML. Built by string interpolation that escapes every text and number hole, and leaves only
/// <see cref="Html"/> holes as they are, so that a caption or a file name can never become markup.
/// </summary>
public sealed class Html
{
    /// <summary>Nothing.</summary>
    public static readonly Html Empty = new("");

    private readonly string _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>HTML from an interpolated string: <c>Html.Of($"&lt;p&gt;{text}&lt;/p&gt;")</c> escapes <c>text</c>.</summary>
    /// <param name="markup">The literal parts are trusted markup; the holes are not.</param>
    public static Html Of(Interpolation markup) => new(markup.Finish());

    /// <summary>Markup that the caller vouches for, such as an embedded style sheet.</summary>
    /// <param name="trusted">Taken as it is.</param>
    public static Html Raw(string trusted) => new(trusted);

    /// <summary>Plain text, escaped.</summary>
    /// <param name="text">Any text.</param>
    public static Html Text(string text) => new(Escape(text));

    /// <summary>The parts one after the other.</summary>
    /// <param name="parts">Finished pieces.</param>
    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p._markup)));

    /// <summary>Text with the five characters that mean something in HTML replaced by entities.</summary>
    /// <param name="text">Any text; safe afterwards in element content and in quoted attributes.</param>
    public static string Escape(string text)
    {
        if (text.AsSpan().IndexOfAny("&<>\"'") < 0)
            return text;
        return text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;").Replace("'", "&#39;");
    }

    /// <summary>The markup.</summary>
    public override string ToString() => _markup;

    /// <summary>What the compiler turns <c>Html.Of($"…")</c> into.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Interpolation
    {
        private readonly StringBuilder _builder;

        /// <summary>Called by the compiler.</summary>
        /// <param name="literalLength">Characters of literal markup.</param>
        /// <param name="formattedCount">Number of holes.</param>
        public Interpolation(int literalLength, int formattedCount) =>
            _builder = new StringBuilder(literalLength + 16 * formattedCount);

        /// <summary>Trusted markup between the holes.</summary>
        /// <param name="markup">A literal.</param>
        public void AppendLiteral(string markup) => _builder.Append(markup);

        /// <summary>Finished HTML, not escaped again.</summary>
        /// <param name="html">A piece; null is nothing.</param>
        public void AppendFormatted(Html? html) => _builder.Append(html?._markup);

        /// <summary>Finished pieces, in order.</summary>
        /// <param name="parts">The pieces.</param>
        public void AppendFormatted(IEnumerable<Html> parts)
        {
            foreach (var part in parts)
                _builder.Append(part._markup);
        }

        /// <summary>Text, escaped.</summary>
        /// <param name="text">Null is nothing.</param>
        public void AppendFormatted(string? text) => _builder.Append(text is null ? null : Escape(text));

        /// <summary>A number or a date, formatted invariantly and escaped.</summary>
        /// <typeparam name="T">Its type.</typeparam>
        /// <param name="value">The value.</param>
        /// <param name="format">A .NET format such as <c>0.0</c>.</param>
        /// <remarks>The constraint matters: without it an array of <see cref="Html"/> would bind here and print its type's name.</remarks>
        public void AppendFormatted<T>(T value, string? format = null)
            where T : IFormattable =>
            AppendFormatted(value?.ToString(format, System.Globalization.CultureInfo.InvariantCulture));

        internal string Finish() => _builder.ToString();
    }
}
