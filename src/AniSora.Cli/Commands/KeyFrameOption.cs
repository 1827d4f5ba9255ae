using System.Globalization;
using AniSora.Data;
using AniSora.Kernels;

namespace AniSora.Cli.Commands;

/// <summary>Reads what people write for key frames and masks: <c>0=first.png</c>, <c>end=last.png</c>, <c>0.5=middle.png</c>.</summary>
public static class KeyFrameOption
{
    /// <summary>A key frame's number and picture.</summary>
    /// <param name="option">
    /// <c>TIME=FILE</c>; TIME is a frame number, <c>first</c>, <c>middle</c>, <c>end</c> or <c>last</c>, or a share of the clip with a point, such as <c>0.25</c>.
    /// </param>
    /// <param name="frames">T.</param>
    /// <param name="height">H that the picture is brought to.</param>
    /// <param name="width">W that the picture is brought to.</param>
    /// <param name="fit">What becomes of another aspect.</param>
    /// <param name="note">Hears what is cut off.</param>
    /// <returns>The frame's number and its picture <c>[H, W, 3]</c>, transparent parts over white.</returns>
    /// <exception cref="InputException">The option cannot be read, the time is outside the clip, or the file is no picture.</exception>
    public static (int Frame, byte[] Rgb) Read(string option, int frames, int height, int width, Fit fit, Action<string> note)
    {
        int equals = option.IndexOf('=');
        if (equals <= 0 || equals == option.Length - 1)
            throw new InputException($"--keyframe {option}: write it as TIME=FILE, for example 0=first.png or end=last.png");
        int frame = ParseTime(option[..equals], frames, option);
        var picture = Media.ReadPicture(option[(equals + 1)..]);
        NoteOverhang($"--keyframe {option}", picture, height, width, fit, note);
        return (frame, picture.Fitted(width, height, fit).Over());
    }

    /// <summary>A mask of what may move.</summary>
    /// <param name="path">The picture.</param>
    /// <param name="height">H that it is brought to.</param>
    /// <param name="width">W that it is brought to.</param>
    /// <param name="fit">What becomes of another aspect.</param>
    /// <param name="note">Hears what is cut off, and that nothing or everything is painted.</param>
    /// <returns><c>[H, W]</c>: 255 where it may move, 0 elsewhere.</returns>
    /// <exception cref="InputException">The file is no picture.</exception>
    public static byte[] ReadMask(string path, int height, int width, Fit fit, Action<string> note)
    {
        var picture = Media.ReadPicture(path);
        NoteOverhang($"--mask {path}", picture, height, width, fit, note);
        byte[] mask = picture.Mask(width, height, fit);
        if (!mask.Contains(MaskShape.Inside))
            note($"--mask {path}: nothing is painted, so nothing moves; paint where motion is wanted, in any colour but black");
        else if (!mask.Contains((byte)0))
            note($"--mask {path}: all of it is painted, so everything may move; leave black or transparent what is to stand still");
        return mask;
    }

    private static void NoteOverhang(string option, Picture picture, int height, int width, Fit fit, Action<string> note)
    {
        if (fit == Fit.Cover && picture.Overhang(width, height) is { } overhang)
            note($"{option}: {picture.Width}×{picture.Height} has another aspect than the model's {width}×{height}: {overhang} is cut off (--fit contain shows all of it, --fit stretch distorts it)");
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
