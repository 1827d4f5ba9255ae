namespace AniSora.Torch;

/// <summary>What padding puts around a tensor.</summary>
public enum PaddingModes
{
    /// <summary>Zeros.</summary>
    Zeros = 0,

    /// <summary>The tensor mirrored at its edge, without repeating the edge itself.</summary>
    Reflect = 1,

    /// <summary>The edge, repeated.</summary>
    Replicate = 2,

    /// <summary>The other end, as if the tensor were a ring.</summary>
    Circular = 3,

    /// <summary>One number.</summary>
    Constant = 4,
}

public static partial class torch
{
    /// <summary>How sizes are changed.</summary>
    public enum InterpolationMode
    {
        /// <summary>The nearest element, as old versions of other libraries choose it.</summary>
        Nearest = 0,

        /// <summary>A straight line between neighbours; one spatial dimension.</summary>
        Linear = 1,

        /// <summary>Linear in two spatial dimensions.</summary>
        Bilinear = 2,

        /// <summary>Cubic in two spatial dimensions.</summary>
        Bicubic = 3,

        /// <summary>Linear in three spatial dimensions.</summary>
        Trilinear = 4,

        /// <summary>The mean of the area that becomes one element.</summary>
        Area = 5,
    }

    /// <summary>Building blocks of neural networks.</summary>
    public static partial class nn
    {
        /// <summary>What a loss makes of its value for each element.</summary>
        public enum Reduction
        {
            /// <summary>Leaves them.</summary>
            None = 0,

            /// <summary>Their mean.</summary>
            Mean = 1,

            /// <summary>Their sum.</summary>
            Sum = 2,
        }
    }
}
