namespace AniSora.Data;

/// <summary>What a media file from outside may cost at most.</summary>
public static class MediaLimits
{
    /// <summary>Pixels in one picture: 8192².</summary>
    public const long Pixels = 8192L * 8192;
    /// <summary>Bytes of an image file: 64 MiB.</summary>
    public const long ImageBytes = 64L << 20;
    /// <summary>Bytes of a video file: 4 GiB.</summary>
    public const long VideoBytes = 4L << 30;
    /// <summary>Bytes of decoded frames held at once: 2 GiB.</summary>
    public const long DecodedBytes = int.MaxValue;
}
