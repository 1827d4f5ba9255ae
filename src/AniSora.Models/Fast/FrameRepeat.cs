namespace AniSora.Models.Fast;

/// <summary>How the steps of a short video become the frames of a longer one: each stands for some frames in a row.</summary>
/// <param name="First">Frames that the first step stands for; 1 or more.</param>
/// <param name="Each">Frames that each later step stands for; 1 or more.</param>
public readonly record struct FrameRepeat(int First, int Each)
{
    /// <summary>Every step stands for one frame.</summary>
    public static readonly FrameRepeat Once = new(1, 1);

    /// <summary>The repetition between two videos of known lengths.</summary>
    /// <param name="steps">Steps of the short one.</param>
    /// <param name="frames">Frames of the long one: a multiple of the steps, or with <paramref name="firstOnce"/> 1 more than a multiple of
    /// the steps but one.</param>
    /// <param name="firstOnce">Whether the first step stands for one frame only, as at the beginning of a clip.</param>
    public static FrameRepeat Between(long steps, long frames, bool firstOnce)
    {
        int each = checked((int)(firstOnce && steps > 1 ? (frames - 1) / (steps - 1) : frames / steps));
        return new(firstOnce && steps > 1 ? 1 : each, each);
    }

    /// <summary>Frames that so many steps become.</summary>
    /// <param name="steps">1 or more.</param>
    public long Frames(long steps) => First + (steps - 1) * Each;

    /// <summary>The step that stands for a frame.</summary>
    /// <param name="frame">From 0.</param>
    public int StepOf(int frame) => frame < First ? 0 : 1 + (frame - First) / Each;

    /// <summary>The first frame of the step after that of <paramref name="frame"/>.</summary>
    /// <param name="frame">From 0.</param>
    public int Next(int frame) => First + StepOf(frame) * Each;
}
