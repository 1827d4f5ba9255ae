using System.Text;

namespace AniSora.Data.Pipeline;

/// <summary>Recognises files that are no films but hold or name some.</summary>
internal static class Playlists
{
    private static readonly (byte[] Begins, int At, string Name)[] _archives =
    [
        ([.. "PK\u0003\u0004"u8], 0, "zip"), ([(byte)'7', (byte)'z', 0xBC, 0xAF], 0, "7z"), ([.. "Rar!"u8], 0, "rar"), ([0x1F, 0x8B], 0, "gzip"), ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z'], 0, "xz"),
        ([.. "BZh"u8], 0, "bzip2"), ([0x28, 0xB5, 0x2F, 0xFD], 0, "zstd"), ([.. "ustar"u8], 257, "tar"),
    ];


    private static readonly (string Begins, string Name)[] _kinds =
    [
        ("#EXTM3U", "a playlist (m3u8)"), ("ffconcat", "a concat script"), ("[playlist]", "a playlist (pls)"), ("<asx", "a playlist (asx)"), ("<smil", "a playlist (smil)"),
        ("<MPD", "a playlist (DASH)"), ("v=0", "a session description (sdp)"), ("http://", "a list of addresses"), ("https://", "a list of addresses"), ("rtsp://", "a list of addresses"),
        ("RTSPtext", "a QuickTime link"), ("rtsptext", "a QuickTime link"), (";FFMETADATA", "a list of metadata"),
    ];

    /// <summary>Why a file is no film, such as "is a playlist (m3u8)…"; null if it is none of these.</summary>
    /// <param name="head">The file's first bytes, 512 or all.</param>
    public static string? Refusal(ReadOnlySpan<byte> head)
    {
        foreach (var (begins, at, name) in _archives)
        {
            if (head.Length > at && head[at..].StartsWith(begins))
                return $"is an archive ({name}); unpack it and give what is in it";
        }
        return NameOf(head) is { } playlist ? $"is {playlist}, which names other files or addresses; give the film itself" : null;
    }

    private static string? NameOf(ReadOnlySpan<byte> head)
    {
        string text = Encoding.UTF8.GetString(head).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (text.StartsWith("<?xml", StringComparison.Ordinal) && text.IndexOf("?>", StringComparison.Ordinal) is > 0 and int end)
            text = text[(end + 2)..].TrimStart();
        // A concat script may begin with its first file.
        if (text.StartsWith("file '", StringComparison.Ordinal) || text.StartsWith("file \"", StringComparison.Ordinal))
            return "a concat script";
        return _kinds.FirstOrDefault(k => text.StartsWith(k.Begins, StringComparison.OrdinalIgnoreCase)).Name;
    }
}
