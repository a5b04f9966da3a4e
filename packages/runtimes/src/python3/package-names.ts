/**
 * Packages whose name is not that of the module that they bring, as `module package` a line. A module of several parts is
 * found before a shorter one; `-` says that a module belongs to no package of its own.
 */
const TABLE = `
AppKit pyobjc-framework-Cocoa
Bio biopython
Crypto pycryptodome
Cryptodome pycryptodomex
MeCab mecab-python3
MySQLdb mysqlclient
OpenGL PyOpenGL
OpenSSL pyOpenSSL
PIL Pillow
Xlib python-xlib
absl absl-py
airtable airtable-python-wrapper
apiclient google-api-python-client
arango python-arango
asynchat pyasynchat
asyncore pyasyncore
atlassian atlassian-python-api
attr attrs
audioop audioop-lts
azure azure-core
azure.core azure-core
azure.functions azure-functions
backports.zoneinfo backports.zoneinfo
binance python-binance
bitcoin python-bitcoinlib
bs4 beautifulsoup4
bson pymongo
cairo pycairo
cassandra cassandra-driver
cgi legacy-cgi
cgitb legacy-cgi
consul python-consul2
crypt standard-crypt
cv2 opencv-python-headless
databricks.sdk databricks-sdk
databricks.sql databricks-sql-connector
dateutil python-dateutil
decouple python-decouple
discord discord.py
distutils setuptools
dns dnspython
docx python-docx
dotenv python-dotenv
ee earthengine-api
engineio python-engineio
escpos python-escpos
faiss faiss-cpu
fitz PyMuPDF
gi PyGObject
git GitPython
github PyGithub
gitlab python-gitlab
gnupg python-gnupg
google -
google.ads.googleads google-ads
google.ai.generativelanguage google-ai-generativelanguage
google.analytics.admin google-analytics-admin
google.analytics.data google-analytics-data
google.api google-api-core
google.api_core google-api-core
google.auth google-auth
google.cloud google-cloud-core
google.cloud.aiplatform google-cloud-aiplatform
google.cloud.bigquery google-cloud-bigquery
google.cloud.exceptions google-cloud-core
google.cloud.firestore google-cloud-firestore
google.cloud.ndb google-cloud-ndb
google.cloud.pubsub google-cloud-pubsub
google.cloud.pubsub_v1 google-cloud-pubsub
google.cloud.secretmanager google-cloud-secret-manager
google.cloud.sql.connector cloud-sql-python-connector
google.cloud.tasks google-cloud-tasks
google.cloud.tasks_v2 google-cloud-tasks
google.cloud.videointelligence google-cloud-videointelligence
google.colab -
google.genai google-genai
google.generativeai google-generativeai
google.longrunning googleapis-common-protos
google.maps.places_v1 google-maps-places
google.maps.routing_v2 google-maps-routing
google.oauth2 google-auth
google.protobuf protobuf
google.resumable_media google-resumable-media
google.rpc googleapis-common-protos
google.shopping.merchant_products google-shopping-merchant-products
google.type googleapis-common-protos
googleapiclient google-api-python-client
graphql graphql-core
grpc grpcio
grpc_health grpcio-health-checking
grpc_status grpcio-status
grpc_tools grpcio-tools
haystack haystack-ai
hubspot hubspot-api-client
imblearn imbalanced-learn
imghdr standard-imghdr
imp zombie-imp
intercom python-intercom
jks pyjks
jose python-jose
jwt PyJWT
kafka kafka-python
keycloak python-keycloak
ldap python-ldap
llama_index llama-index
magic python-magic
mailcap standard-mailcap
mpl_toolkits matplotlib
multipart python-multipart
mysql mysql-connector-python
mysql.connector mysql-connector-python
nacl PyNaCl
newspaper newspaper4k
nio matrix-nio
nmap python-nmap
nntplib standard-nntplib
odf odfpy
opensearchpy opensearch-py
opentelemetry opentelemetry-api
opentelemetry.baggage opentelemetry-api
opentelemetry.context opentelemetry-api
opentelemetry.metrics opentelemetry-api
opentelemetry.propagate opentelemetry-api
opentelemetry.trace opentelemetry-api
osgeo GDAL
paho paho-mqtt
past future
pipes standard-pipes
pkg_resources setuptools
playhouse peewee
pptx python-pptx
psycopg psycopg[binary]
psycopg2 psycopg2-binary
pwnlib pwntools
pylab matplotlib
pythoncom pywin32
pythonjsonlogger python-json-logger
pywintypes pywin32
qbittorrentapi qbittorrent-api
quickbooks python-quickbooks
rapidjson python-rapidjson
rest_framework djangorestframework
ruamel ruamel.yaml
ruamel.yaml ruamel.yaml
saml2 pysaml2
serial pyserial
shapefile pyshp
shopify ShopifyAPI
skimage scikit-image
sklearn scikit-learn
slack slackclient
slugify python-slugify
smbclient smbprotocol
smtpd standard-smtpd
snappy python-snappy
sndhdr standard-sndhdr
snowflake snowflake-connector-python
snowflake.connector snowflake-connector-python
snowflake.snowpark snowflake-snowpark-python
snowflake.sqlalchemy snowflake-sqlalchemy
socketio python-socketio
socks PySocks
speech_recognition SpeechRecognition
stdnum python-stdnum
telebot pyTelegramBotAPI
telegram python-telegram-bot
telnetlib standard-telnetlib
tencentcloud tencentcloud-sdk-python
tlsh py-tlsh
trello py-trello
twitter python-twitter
umap umap-learn
usb pyusb
uu standard-uu
vertexai google-cloud-aiplatform
weaviate weaviate-client
websocket websocket-client
whois python-whois
win32api pywin32
win32com pywin32
xdrlib standard-xdrlib
yaml PyYAML
zmq pyzmq
`

const NAMES: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [module = '', name = ''] = line.split(' ')
      return [module, name]
    }),
)

/** Namespaces that many packages share, each package named after its part: `azure.identity` is in `azure-identity`. */
const SHARED = new Set(
  `google.cloud azure azure.ai azure.communication azure.cosmosdb azure.data azure.keyvault azure.mgmt azure.monitor
  azure.search azure.storage llama_index.embeddings llama_index.llms llama_index.readers opentelemetry
  opentelemetry.instrumentation`.split(/\s+/),
)

/**
 * The package that brings a module (`google.cloud.storage`, of which the first part suffices for most); undefined where
 * none does by itself. What no table knows has the name of its module.
 */
export function packageOf(module: string): string | undefined {
  const parts = module.split('.')
  for (let length = parts.length; length > 0; length -= 1) {
    const name = parts.slice(0, length).join('.')
    const known = NAMES.get(name)
    if (known !== undefined) return known === '-' ? undefined : known
    const isShared = SHARED.has(parts.slice(0, length - 1).join('.')) && !SHARED.has(name)
    if (isShared) return name.replaceAll(/[._]/g, '-')
  }
  return parts[0]
}
