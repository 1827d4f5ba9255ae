namespace AniSora.Evaluation;

public static partial class VideoMetrics
{
    /// <summary>
    /// SSIM as ffmpeg's filter <c>ssim</c> computes it on RGB pictures (its <c>All</c>): flat windows of 8×8 pixels, four apart, sample moments,
    /// the mean over windows, the three colours and frames. It says the same of a video as <see cref="Ssim"/> and is many times as fast.
    /// </summary>
    /// <remarks>Of YUV files ffmpeg's number is another: chroma planes are smaller, and luma weighs more.</remarks>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>, H and W from 8; lines and columns beyond a multiple of four don't count.</param>
    /// <param name="reference">The real video, of the same size.</param>
    /// <param name="size">T, H, W.</param>
    /// <returns>-1 … 1, where 1 is equal.</returns>
    /// <exception cref="ArgumentException">A length does not agree with <paramref name="size"/>, or a frame is smaller than a window.</exception>
    public static double BlockSsim(ReadOnlySpan<byte> video, ReadOnlySpan<byte> reference, VideoSize size)
    {
        CheckSsim(video, reference, size, 2 * Block);
        int columns = size.Width / Block, rows = size.Height / Block;
        var sums = new BlockSums[2, 3 * columns];
        double total = 0;
        for (int t = 0; t < size.Frames; t++)
        {
            ReadOnlySpan<byte> a = Frame(video, size, t), b = Frame(reference, size, t);
            for (int y = 0; y < rows; y++)
            {
                for (int x = 0, i = 0; x < columns; x++)
                {
                    for (int c = 0; c < 3; c++, i++)
                        sums[y & 1, i] = BlockSums.Of(a, b, 3 * (Block * (y * size.Width + x)) + c, 3 * size.Width);
                }
                for (int i = 3; y > 0 && i < 3 * columns; i++)
                    total += (sums[0, i - 3] + sums[0, i] + sums[1, i - 3] + sums[1, i]).Similarity;
            }
        }
        return total / (3.0 * size.Frames * (columns - 1) * (rows - 1));
    }

    private const int Block = 4;

    /// <summary>Sums over one colour of 4×4 pixels, or of four such blocks.</summary>
    private readonly record struct BlockSums(int A, int B, int Squares, int Products)
    {
        // 64 pixels; ffmpeg rounds its constants to whole numbers.
        private const long BlockC1 = 416, BlockC2 = 235963;

        public double Similarity
        {
            get
            {
                long variances = 64L * Squares - (long)A * A - (long)B * B, covariance = 64L * Products - (long)A * B;
                return (double)(2L * A * B + BlockC1) * (2 * covariance + BlockC2) / ((double)((long)A * A + (long)B * B + BlockC1) * (variances + BlockC2));
            }
        }

        public static BlockSums Of(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int at, int stride)
        {
            int sumA = 0, sumB = 0, squares = 0, products = 0;
            for (int y = 0; y < Block; y++, at += stride)
            {
                for (int x = 0; x < 3 * Block; x += 3)
                {
                    int p = a[at + x], q = b[at + x];
                    (sumA, sumB, squares, products) = (sumA + p, sumB + q, squares + p * p + q * q, products + p * q);
                }
            }
            return new(sumA, sumB, squares, products);
        }

        public static BlockSums operator +(BlockSums x, BlockSums y) => new(x.A + y.A, x.B + y.B, x.Squares + y.Squares, x.Products + y.Products);
    }
}
