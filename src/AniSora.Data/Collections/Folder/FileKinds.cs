using AniSora.Data.Pipeline;
using AniSora.Pictures;

namespace AniSora.Data;

/// <summary>What a file of a user's folder is to the pipeline.</summary>
internal enum FileKind
{
    /// <summary>Nothing that moves, and nothing that claims to.</summary>
    Other,
    /// <summary>A video, sound, playlist or archive: <see cref="SourceKind.Film"/>; probing refuses what is no film, with its reason.</summary>
    Film,
    /// <summary>An animated WebP or a GIF.</summary>
    Animation,
    /// <summary>A still picture: perhaps one frame of many.</summary>
    Picture,
}

/// <summary>Tells files apart by name, and by content where the name says nothing.</summary>
internal static class FileKinds
{
    private const int HeadBytes = 4096;

    // Sounds, lists and archives are sources too: they are refused with a reason instead of being passed over in silence.
    private static readonly HashSet<string> _films = new(StringComparer.OrdinalIgnoreCase)
    {
        ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m2v", ".ts", ".mts", ".m2ts", ".vob", ".flv", ".f4v", ".wmv", ".asf", ".ogv",
        ".ogm", ".3gp", ".3g2", ".mxf", ".dv", ".nut", ".y4m", ".ivf", ".rm", ".rmvb", ".swf", ".apng", ".h264", ".h265", ".hevc", ".264", ".265", ".obu",
        ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".flac", ".wav", ".wma", ".aiff", ".ac3",
        ".m3u", ".m3u8", ".pls", ".xspf", ".asx", ".wpl", ".smil", ".mpd", ".ism", ".sdp", ".concat", ".ffconcat", ".ffmeta", ".strm", ".cue",
        ".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".xz", ".bz2", ".zst",
    };

    private static readonly HashSet<string> _pictures = new(StringComparer.OrdinalIgnoreCase) { ".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".webp" };

    // Companions of films that are never opened.
    private static readonly HashSet<string> _others = new(StringComparer.OrdinalIgnoreCase)
    {
        ".txt", ".md", ".json", ".csv", ".tsv", ".xml", ".yaml", ".yml", ".html", ".htm", ".pdf", ".srt", ".ass", ".ssa", ".vtt", ".sub", ".nfo", ".log", ".parquet",
        ".safetensors", ".svg", ".psd", ".xcf", ".cs", ".py", ".sh", ".url", ".db", ".ini",
    };

    /// <summary>Says what a file is. A file that cannot be opened is what its name says.</summary>
    /// <param name="file">The file; not a link.</param>
    public static FileKind Of(FileInfo file)
    {
        if (_films.Contains(file.Extension))
            return FileKind.Film;
        if (file.Extension.Equals(".gif", StringComparison.OrdinalIgnoreCase))
            return FileKind.Animation;
        // Nothing is known of an empty file, and opening what is no file at all (a pipe has no length either) would wait for ever.
        if (_others.Contains(file.Extension))
            return FileKind.Other;
        var content = HasContent(file) ? OfContent(Head(file.FullName)) : FileKind.Other;
        return content == FileKind.Other && _pictures.Contains(file.Extension) ? FileKind.Picture : content;
    }

    /// <summary>Whether a PNG file is an animated one (APNG, which ffmpeg reads as a film).</summary>
    public static bool IsAnimatedPng(FileInfo file)
    {
        if (!HasContent(file))
            return false;
        var head = Head(file.FullName);
        // The animation's control chunk has to come before the first pixels.
        return PictureHeader.IsPng(head) && head.AsSpan().IndexOf("acTL"u8) is >= 0 and var control && (head.AsSpan().IndexOf("IDAT"u8) is var pixels && (pixels < 0 || control < pixels));
    }

    private static bool HasContent(FileInfo file)
    {
        file.Refresh();
        return file.Exists && file.Length > 0;
    }

    private static FileKind OfContent(ReadOnlySpan<byte> head) =>
        WebPFile.IsAnimated(head) || GifFile.IsGif(head) ? FileKind.Animation
        : PictureHeader.IsStill(head) ? FileKind.Picture
        : IsFilm(head) ? FileKind.Film
        : FileKind.Other;

    private static bool IsFilm(ReadOnlySpan<byte> head) =>
        (head.Length > 12 && head[4..8].SequenceEqual("ftyp"u8))
        || head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])
        || (head.Length > 12 && head.StartsWith("RIFF"u8) && head[8..12].SequenceEqual("AVI "u8))
        || head.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0xBA])
        || (head.Length > 376 && head[0] == 0x47 && head[188] == 0x47 && head[376] == 0x47)
        || head.StartsWith("OggS"u8) || head.StartsWith("FLV"u8) || head.StartsWith((ReadOnlySpan<byte>)[0x30, 0x26, 0xB2, 0x75])
        || head.StartsWith("#EXTM3U"u8) || head.StartsWith("ffconcat"u8);

    private static byte[] Head(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var head = new byte[HeadBytes];
            return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
