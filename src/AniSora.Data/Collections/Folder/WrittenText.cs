using System.Text;

namespace AniSora.Data;

/// <summary>Reads text files that people wrote: UTF-8, or what a byte order mark or the person says.</summary>
internal sealed class WrittenText
{
    private const string Known = "utf-8, windows-1252 (Western), shift_jis, euc-jp, gb18030, big5, euc-kr, windows-1251 …";
    private readonly Encoding _encoding;

    /// <summary>A reader for an encoding.</summary>
    /// <param name="encoding">Its name; null for UTF-8.</param>
    /// <exception cref="InputException">There is no such encoding.</exception>
    public WrittenText(string? encoding)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        try
        {
            _encoding = Encoding.GetEncoding(encoding ?? "utf-8", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException e)
        {
            throw new InputException($"--encoding {encoding}: there is no such encoding; use {Known}", e);
        }
    }

    /// <summary>The text of a file.</summary>
    /// <exception cref="InputException">It cannot be read, is too large, or is in another encoding.</exception>
    public string Read(string file)
    {
        byte[] bytes = Media.ReadBytes(file, MediaLimits.ImageBytes);
        var (encoding, mark) = bytes.AsSpan() switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
            [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
            [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
            _ => (_encoding, 0),
        };
        try
        {
            return encoding.GetString(bytes.AsSpan(mark));
        }
        catch (DecoderFallbackException e)
        {
            throw new InputException($"{file}: is no {_encoding.WebName} text; say what it is with --encoding NAME ({Known}), or save it as UTF-8", e);
        }
    }
}
