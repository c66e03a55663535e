# Ruby's net/http against the agent at ARGV[0], by TLS with CLIENT_CA, CLIENT_CERT and CLIENT_KEY.
require "net/http"
require "openssl"
require "stringio"
require "uri"

PLACE = URI(ARGV[0])
DOCUMENT = "<NETWORK><NAME>by net/http</NAME></NETWORK>"

def options
  all = { read_timeout: 60, use_ssl: PLACE.scheme == "https", ca_file: ENV["CLIENT_CA"] }
  if ENV["CLIENT_CERT"]
    all[:cert] = OpenSSL::X509::Certificate.new(File.read(ENV["CLIENT_CERT"]))
    all[:key] = OpenSSL::PKey.read(File.read(ENV["CLIENT_KEY"]))
  end
  all
end

# Connections that were accepted in this network so far.
def accepted
  names, values = File.readlines("/proc/net/snmp").grep(/^Tcp:/).map(&:split)
  values[names.index("PassiveOpens")].to_i
end

def over_one_connection
  before = accepted
  Net::HTTP.start(PLACE.host, PLACE.port, options) { |http| yield http }
  raise "#{accepted - before} connections" unless accepted - before == 1
end

def expect(wanted, got)
  raise "#{got.inspect} is not #{wanted.inspect}" unless wanted == got
end

CLAIMS = {
  "asks many times over one connection" => lambda {
    over_one_connection do |http|
      expect %w[200 200 404 200], %w[/ /compute /nothing /network].map { |path| http.get(path).code }
    end
  },
  "asks HEAD and goes on" => lambda {
    over_one_connection do |http|
      expect http.head("/compute")["Content-Length"].to_i, http.get("/compute").body.bytesize
    end
  },
  "uploads in chunks and deletes over one connection" => lambda {
    over_one_connection do |http|
      request = Net::HTTP::Post.new("/network", "Transfer-Encoding" => "chunked", "Content-Type" => "text/xml")
      request.body_stream = StringIO.new(DOCUMENT)
      made = http.request(request)
      expect "201", made.code
      expect "204", http.delete(URI(made["Location"]).path).code
    end
  },
  "waits for 100 Continue" => lambda {
    over_one_connection do |http|
      http.continue_timeout = 60
      request = Net::HTTP::Post.new("/network", "Expect" => "100-continue", "Content-Type" => "text/xml")
      request.body = DOCUMENT
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      made = http.request(request)
      expect "201", made.code
      raise "it was not told to" if Process.clock_gettime(Process::CLOCK_MONOTONIC) - started > 50
      expect "204", http.delete(URI(made["Location"]).path).code
    end
  },
  "reads a stream" => lambda {
    seen = nil
    Net::HTTP.start(PLACE.host, PLACE.port, options) do |http|
      request = Net::HTTP::Get.new("/-/events?since=0", "Accept" => "text/event-stream")
      catch(:enough) do
        http.request(request) do |answer|
          answer.read_body do |piece|
            seen = piece
            throw :enough
          end
        end
      end
    end
    raise "no piece" unless seen
  }
}.freeze

CLAIMS.each do |sentence, claim|
  claim.call
  puts "passed #{sentence}"
rescue StandardError => e
  puts "failed #{sentence}: #{e.message}"
end
