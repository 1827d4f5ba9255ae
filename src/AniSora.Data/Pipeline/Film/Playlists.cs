using System.Text;

namespace AniSora.Data.Pipeline;

/// <summary>Recognises files that are no films but lists of films or addresses.</summary>
internal static class Playlists
{
    private static readonly (string Begins, string Name)[] _kinds =
    [
        ("#EXTM3U", "a playlist (m3u8)"), ("ffconcat", "a concat script"), ("[playlist]", "a playlist (pls)"), ("<asx", "a playlist (asx)"), ("<smil", "a playlist (smil)"),
        ("<MPD", "a playlist (DASH)"), ("v=0", "a session description (sdp)"), ("http://", "a list of addresses"), ("https://", "a list of addresses"), ("rtsp://", "a list of addresses"),
        ("RTSPtext", "a QuickTime link"), ("rtsptext", "a QuickTime link"), (";FFMETADATA", "a list of metadata"),
    ];

    /// <summary>What a file is, such as "a playlist (m3u8)"; null if it is none of these.</summary>
    /// <param name="head">The file's first bytes, some hundred.</param>
    public static string? NameOf(ReadOnlySpan<byte> head)
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
