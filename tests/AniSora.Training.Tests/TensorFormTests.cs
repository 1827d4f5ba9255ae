using AniSora.Display.Notebook;
using AniSora.Training.Notebook;

namespace AniSora.Training.Tests;

/// <summary>Tensors in notebooks.</summary>
public sealed class TensorFormTests
{
    [Fact]
    public void A_tensor_shows_shape_type_range_and_its_first_corner()
    {
        string root = TrainingNotebook.Start();
        Assert.True(File.Exists(Path.Combine(root, "AniSora.sln")));
        using var tensor = arange(60, dtype: ScalarType.Float32).reshape(3, 4, 5);
        var bundle = Formatters.Format(tensor);
        string text = (string)bundle.Data["text/plain"];
        Assert.StartsWith("Float32 [3, 4, 5] on cpu; 0 … 59, mean 29.5\n", text, StringComparison.Ordinal);
        Assert.Contains(" 5   6   7   8   9", text, StringComparison.Ordinal);
        Assert.Contains("[0, :4, :5]", (string)bundle.Data["text/html"], StringComparison.Ordinal);
        Assert.Equal(60, tensor.numel()); // it is still there
    }

    [Fact]
    public void Strange_tensors_are_shown_too()
    {
        using var nan = tensor(new[] { float.NaN, 1, float.PositiveInfinity, 3 });
        Assert.Contains("1 … 3, mean 2; 2 not finite", Text(nan), StringComparison.Ordinal);
        using var scalar = tensor(5L);
        Assert.StartsWith("Int64 [] on cpu", Text(scalar), StringComparison.Ordinal);
        Assert.Contains("5", Text(scalar)[10..], StringComparison.Ordinal);
        using var empty = zeros(0, 3);
        Assert.Contains("no elements", Text(empty), StringComparison.Ordinal);
        using var flags = tensor(new[] { true, false });
        Assert.StartsWith("Bool [2]", Text(flags), StringComparison.Ordinal);
        using var learned = ones(2, 2).requires_grad_();
        Assert.Contains("requires a gradient", Text(learned), StringComparison.Ordinal);
        var gone = ones(1);
        gone.Dispose();
        Assert.Equal("disposed tensor", Text(gone));
    }

    [Fact]
    public void A_video_tensor_becomes_a_clip()
    {
        using var video = zeros(new long[] { 1, 3, 2, 2, 3 });
        using (var red = video[0][0])
            red.fill_(1);
        using (var blue = video[0][2])
            blue.fill_(-3);
        var clip = TensorForm.ToVideo(video);
        Assert.Equal((2, 2, 3, 3), (clip.Frames, clip.Height, clip.Width, clip.Channels));
        Assert.Equal([255, 128, 0], clip.Pixels[..3]);
        using var grey = ones(1, 1, 2, 2);
        Assert.Equal(255, TensorForm.ToVideo(grey).Pixels[^1]);
        using var latent = zeros(new long[] { 16, 5, 8, 8 });
        Assert.Contains("[16, 5, 8, 8] is no clip", Assert.Throws<ArgumentException>(() => TensorForm.ToVideo(latent)).Message);
    }

    private static string Text(Tensor value) => (string)TensorForm.Of(value).Data["text/plain"];
}
