using System.Globalization;
using AniSora.Data;

namespace AniSora.Cli.Commands;

/// <summary>Reads what people write for key frames and masks: <c>0=first.png</c>, <c>end=last.png</c>, <c>0.5=middle.png</c>.</summary>
public static class KeyFrameOption
{
    /// <summary>A key frame's number and picture.</summary>
    /// <param name="option">
    /// <c>TIME=FILE</c>; TIME is a frame number, <c>first</c>, <c>middle</c>, <c>end</c> or <c>last</c>, or a share of the clip with a point, such as <c>0.25</c>.
    /// </param>
    /// <param name="frames">T.</param>
    /// <param name="height">The picture is scaled and cropped to this height.</param>
    /// <param name="width">The picture is scaled and cropped to this width.</param>
    /// <returns>The frame's number and its picture <c>[H, W, 3]</c>, transparent parts over white.</returns>
    /// <exception cref="InputException">The option cannot be read, the time is outside the clip, or the file is no picture.</exception>
    public static (int Frame, byte[] Rgb) Read(string option, int frames, int height, int width)
    {
        int equals = option.IndexOf('=');
        if (equals <= 0 || equals == option.Length - 1)
            throw new InputException($"--keyframe {option}: write it as TIME=FILE, for example 0=first.png or end=last.png");
        int frame = ParseTime(option[..equals], frames, option);
        return (frame, Media.ReadPicture(option[(equals + 1)..]).Fitted(width, height, cover: true).Over());
    }

    /// <summary>The frame number of a time.</summary>
    /// <exception cref="InputException">It is no time, or outside the clip.</exception>
    public static int ParseTime(string time, int frames, string option)
    {
        int frame = time.ToLowerInvariant() switch
        {
            "first" or "start" => 0,
            "middle" or "mid" => (frames - 1) / 2,
            "end" or "last" => frames - 1,
            var t when t.Contains('.') && double.TryParse(t, CultureInfo.InvariantCulture, out double share) && share is >= 0 and <= 1 => (int)Math.Round(share * (frames - 1)),
            var t when int.TryParse(t, CultureInfo.InvariantCulture, out int number) => number,
            _ => throw new InputException($"--keyframe {option}: '{time}' is no time; use a frame number, first, middle, end, or a share such as 0.25"),
        };
        return frame >= 0 && frame < frames
            ? frame
            : throw new InputException($"--keyframe {option}: frame {frame} is outside the clip; this model makes frames 0 to {frames - 1}");
    }
}
