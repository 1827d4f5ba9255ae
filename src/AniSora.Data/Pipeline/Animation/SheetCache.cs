namespace AniSora.Data.Pipeline;

/// <summary>The large pictures used last, decoded: dozens of sequences lie on each. Thread-safe; a picture is decoded once.</summary>
internal static class SheetCache
{
    private const long MostBytes = 128L << 20;
    private const int MostSheets = 64;

    private static readonly Lock _lock = new();
    // The newest last.
    private static readonly List<(string Path, DateTime Written, Lazy<Picture> Picture)> _sheets = [];

    /// <summary>A picture.</summary>
    /// <exception cref="InputException">It is missing or damaged.</exception>
    public static Picture Get(string path)
    {
        var written = File.GetLastWriteTimeUtc(path);
        Lazy<Picture> sheet;
        lock (_lock)
        {
            int known = _sheets.FindIndex(s => s.Path == path && s.Written == written);
            sheet = known >= 0 ? _sheets[known].Picture : new Lazy<Picture>(() => Media.ReadPicture(path));
            if (known >= 0)
                _sheets.RemoveAt(known);
            _sheets.Add((path, written, sheet));
        }
        try
        {
            return sheet.Value;
        }
        finally
        {
            Trim();
        }
    }

    private static void Trim()
    {
        lock (_lock)
        {
            long bytes = 0;
            for (int i = _sheets.Count - 1; i >= 0; i--)
            {
                bytes += _sheets[i].Picture.IsValueCreated ? _sheets[i].Picture.Value.Rgba.LongLength : 0;
                if (bytes > MostBytes || _sheets.Count - i > MostSheets)
                {
                    _sheets.RemoveRange(0, i + 1);
                    return;
                }
            }
        }
    }
}
