using Muster.Bench.LoadLab.Clients;
using Muster.Core.Model;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>A probe on its way, or the answer to it.</summary>
internal readonly record struct Probe(int Client, Sent Sent, LoadReport? Report);
