namespace AniSora.Evaluation.Networks;

/// <summary>What a metric asks a network for.</summary>
public enum NetworkRole
{
    /// <summary>Features of a frame in which its subject counts (VBench: DINO ViT-B/16).</summary>
    Subject,
    /// <summary>Features of a frame in which the scene counts (CLIP ViT-B/32).</summary>
    Background,
    /// <summary>As <see cref="Subject"/>, prepared as image-to-video compares with its image.</summary>
    ImageSubject,
    /// <summary>As <see cref="Background"/>, likewise (DreamSim).</summary>
    ImageBackground,
    /// <summary>How beautiful a frame is, 0 … 10 (LAION's linear head on CLIP ViT-L/14).</summary>
    Aesthetic,
    /// <summary>How good a picture a frame technically is, 0 … 100 (MUSIQ-SPAQ).</summary>
    Imaging,
    /// <summary>The frame in the middle of two (AMT-S).</summary>
    Interpolation,
    /// <summary>The motion from one frame to the next (RAFT).</summary>
    Flow,
    /// <summary>Features of a video and of a text in one space (ViCLIP).</summary>
    VideoText,
    /// <summary>Maps by which pictures are compared place by place (LPIPS); ResNet-18's, no other can be declared.</summary>
    Perception,
}
