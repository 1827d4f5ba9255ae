using System.CommandLine;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;

namespace AniSora.Cli.Commands;

/// <summary><c>--steps</c>, <c>--guidance</c>, <c>--temperature</c> and <c>--sampler</c>: how a model samples.</summary>
internal sealed class SamplingOptionsOfCommand
{
    private static readonly SamplingOptions _usual = new();

    private static readonly Dictionary<string, Sampler> _samplers = new()
    {
        ["ddim"] = Samplers.Ddim,
        ["dpm"] = Samplers.DpmPlusPlus2MSde,
        ["unipc"] = Samplers.UniPc,
    };

    private readonly Option<int> _steps = new("--steps") { Description = "Denoising steps.", DefaultValueFactory = _ => _usual.Steps };
    private readonly Option<double> _guidance = new("--guidance") { Description = "Weight of the prompt; 1 leaves guidance out.", DefaultValueFactory = _ => _usual.Guidance };
    private readonly Option<double> _temperature = new("--temperature") { Description = "Scale of the starting noise; below 1 calmer, above 1 more varied.", DefaultValueFactory = _ => _usual.Temperature };
    private readonly Option<string> _sampler = new("--sampler") { Description = $"{string.Join(", ", _samplers.Keys)}.", DefaultValueFactory = _ => "ddim" };

    /// <summary>The options, for the command.</summary>
    public IEnumerable<Option> All => [_steps, _guidance, _temperature, _sampler];

    /// <summary>The algorithm's name.</summary>
    public string Name(ParseResult parsed) => parsed.GetValue(_sampler)!;

    /// <summary>What was asked for, checked.</summary>
    /// <exception cref="InputException">A value is out of range; the message names the option.</exception>
    public SamplingOptions Read(ParseResult parsed)
    {
        var options = _usual with
        {
            Steps = parsed.GetValue(_steps),
            Guidance = parsed.GetValue(_guidance),
            Temperature = parsed.GetValue(_temperature),
            Sampler = _samplers.GetValueOrDefault(Name(parsed)) ?? throw new InputException($"--sampler {Name(parsed)}: unknown (known: {string.Join(", ", _samplers.Keys)})"),
        };
        options.Validate();
        return options;
    }
}
